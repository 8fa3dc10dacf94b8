/**
 * `!{timestamp:...}` patterns of prefixes in any time zone: the fields in the AWS documentation, and quoted text.
 * https://docs.aws.amazon.com/firehose/latest/dev/s3-prefixes.html
 */
import { FirehoseConfigurationError } from './configuration-error.ts';

export interface TimestampPattern {
  format(epochMs: number): string;
}

/** @throws FirehoseConfigurationError for an unsupported field or an unclosed quote */
export function timestampPattern(pattern: string, timeZone: string): TimestampPattern {
  const toLocal = localClock(timeZone);
  const parts = split(pattern);
  return {
    format(epochMs) {
      const local = toLocal(epochMs);
      return parts.map((part) => (typeof part === 'string' ? part : part(local))).join('');
    },
  };
}

/** A date whose UTC fields hold local time. */
type LocalDate = Date;
type Field = (date: LocalDate) => string;

const padded =
  (value: (date: LocalDate) => number, width: number): Field =>
  (date) =>
    String(value(date)).padStart(width, '0');

/**
 * Fields in the AWS examples and in object names. Firehose supports all of Java's DateTimeFormatter, but a
 * wrong implementation of a field would misplace every object.
 */
const FIELDS: Readonly<Record<string, Field>> = {
  yyyy: padded((date) => date.getUTCFullYear(), 4),
  MM: padded((date) => date.getUTCMonth() + 1, 2),
  dd: padded((date) => date.getUTCDate(), 2),
  HH: padded((date) => date.getUTCHours(), 2),
  mm: padded((date) => date.getUTCMinutes(), 2),
  ss: padded((date) => date.getUTCSeconds(), 2),
};

/** Quoted text, repetitions of one letter, or any other character. `''` is one quote. */
const TOKEN = /''|'((?:[^']|'')*)'|([A-Za-z])\2*|[^A-Za-z']/g;

function split(pattern: string): readonly (string | Field)[] {
  const parts: (string | Field)[] = [];
  let end = 0;
  for (const match of pattern.matchAll(TOKEN)) {
    if (match.index !== end) break;
    end += match[0].length;
    const letter = match[2];
    if (letter !== undefined) parts.push(fieldOf(match[0], pattern));
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

function fieldOf(token: string, pattern: string): Field {
  const field = FIELDS[token];
  if (field !== undefined) return field;
  throw new FirehoseConfigurationError(
    `!{timestamp:${pattern}} contains ${token}, which the local Firehose does not evaluate; use ` +
      `${Object.keys(FIELDS).join(', ')}, or put literal text in single quotes`,
  );
}

/** @throws FirehoseConfigurationError for an unknown time zone */
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
