/**
 * The part of Java's DateTimeFormatter patterns that prefixes use, in any time zone.
 * https://docs.oracle.com/javase/8/docs/api/java/time/format/DateTimeFormatter.html
 */
import { FirehoseConfigurationError } from './configuration-error.ts';

export interface TimePattern {
  format(epochMs: number): string;
}

/** @throws FirehoseConfigurationError for a letter that is not supported, or a quote without its end. */
export function timePattern(pattern: string, timeZone: string): TimePattern {
  const toLocal = localClock(timeZone);
  const parts = split(pattern);
  return {
    format(epochMs) {
      const local = toLocal(epochMs);
      return parts.map((part) => (typeof part === 'string' ? part : part(local))).join('');
    },
  };
}

/** A date whose UTC fields are the local ones. */
type LocalDate = Date;
type Field = (date: LocalDate) => string;

const MONTHS = 'January February March April May June July August September October November December'.split(
  ' ',
);
const WEEKDAYS = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ');
const DAY_MS = 86_400_000;

const padded =
  (value: (date: LocalDate) => number, maxWidth = 2) =>
  (width: number): Field | undefined =>
    width > maxWidth ? undefined : (date) => String(value(date)).padStart(width, '0');

const year = (width: number): Field => {
  const full: Field = (date) => String(date.getUTCFullYear()).padStart(width, '0');
  return width === 2 ? (date) => full(date).slice(-2) : full;
};

const month = (width: number): Field | undefined => {
  if (width <= 2) return padded((date) => date.getUTCMonth() + 1)(width);
  const name: Field = (date) => MONTHS[date.getUTCMonth()] ?? '';
  if (width === 3) return (date) => name(date).slice(0, 3);
  return width === 4 ? name : undefined;
};

const weekday = (width: number): Field | undefined => {
  const name: Field = (date) => WEEKDAYS[date.getUTCDay()] ?? '';
  if (width <= 3) return (date) => name(date).slice(0, 3);
  return width === 4 ? name : undefined;
};

const dayOfYear = (date: LocalDate) =>
  Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / DAY_MS) + 1;

/** By pattern letter: the field of that width, or undefined where Java has none. */
const FIELDS: Readonly<Record<string, (width: number) => Field | undefined>> = {
  y: year,
  u: year,
  M: month,
  L: month,
  d: padded((date) => date.getUTCDate()),
  D: padded(dayOfYear, 3),
  E: weekday,
  a: (width) => (width === 1 ? (date) => (date.getUTCHours() < 12 ? 'AM' : 'PM') : undefined),
  H: padded((date) => date.getUTCHours()),
  k: padded((date) => date.getUTCHours() || 24),
  K: padded((date) => date.getUTCHours() % 12),
  h: padded((date) => date.getUTCHours() % 12 || 12),
  m: padded((date) => date.getUTCMinutes()),
  s: padded((date) => date.getUTCSeconds()),
  S: (width) => (date) =>
    String(date.getUTCMilliseconds()).padStart(3, '0').padEnd(width, '0').slice(0, width),
};

/** Quoted text, a run of one letter, or any other character; `''` is one quote. */
const TOKEN = /''|'((?:[^']|'')*)'|([A-Za-z])\2*|[^A-Za-z']/g;

function split(pattern: string): readonly (string | Field)[] {
  const parts: (string | Field)[] = [];
  let end = 0;
  for (const match of pattern.matchAll(TOKEN)) {
    if (match.index !== end) break;
    end += match[0].length;
    const letter = match[2];
    if (letter !== undefined) parts.push(fieldOf(letter, match[0].length, pattern));
    else if (match[0] === "''") parts.push("'");
    else parts.push(match[1]?.replaceAll("''", "'") ?? match[0]);
  }
  if (end !== pattern.length) {
    throw new FirehoseConfigurationError(
      `!{timestamp:${pattern}} opens a quote that it does not close; end literal text with a second '`,
    );
  }
  return parts;
}

function fieldOf(letter: string, width: number, pattern: string): Field {
  const field = FIELDS[letter]?.(width);
  if (field === undefined) {
    throw new FirehoseConfigurationError(
      `!{timestamp:${pattern}} holds ${letter.repeat(width)}, which is no supported field; use ` +
        `${Object.keys(FIELDS).join(', ')} as in yyyy-MM-dd, or put literal text in single quotes`,
    );
  }
  return field;
}

/** @throws FirehoseConfigurationError for a zone that does not exist. */
function localClock(timeZone: string): (epochMs: number) => LocalDate {
  if (timeZone === 'UTC') return (epochMs) => new Date(epochMs);
  let format: Intl.DateTimeFormat;
  try {
    const numeric = 'numeric';
    const fields = { year: numeric, month: numeric, day: numeric, hour: numeric } as const;
    format = new Intl.DateTimeFormat('en-US', {
      ...fields,
      minute: numeric,
      second: numeric,
      hourCycle: 'h23',
      timeZone,
    });
  } catch (error) {
    throw new FirehoseConfigurationError(
      `CustomTimeZone is ${JSON.stringify(timeZone)}, which is no IANA time zone; use a name such as Asia/Tokyo`,
      { cause: error },
    );
  }
  return (epochMs) => {
    const parts = Object.fromEntries(
      format.formatToParts(epochMs).map(({ type, value }) => [type, Number(value)]),
    );
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
    const milliseconds = ((epochMs % 1000) + 1000) % 1000;
    return new Date(Date.UTC(year, month - 1, day, hour, minute, second, milliseconds));
  };
}
