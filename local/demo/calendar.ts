/** Calendar dates, working days (Monday to Friday), and the days of a time zone. */
import { addDays, DAY_MS, MINUTE_MS } from '@kinetrack/schema';

/** 0 for Sunday to 6 for Saturday. */
export const weekdayOf = (date: string): number => new Date(`${date}T00:00:00.000Z`).getUTCDay();

export const isWorkday = (date: string): boolean => ![0, 6].includes(weekdayOf(date));

/** Goes back by working days. With a count of 0: the date itself or, at a weekend, the Friday before. */
export function workdaysBefore(date: string, count: number): string {
  let day = date;
  for (let left = count; left > 0 || !isWorkday(day); day = addDays(day, -1)) {
    if (isWorkday(day)) left--;
  }
  return day;
}

/** The last working day before a date. */
export const workdayBefore = (date: string): string => workdaysBefore(addDays(date, -1), 0);

export function nextWorkday(date: string): string {
  const next = addDays(date, 1);
  return isWorkday(next) ? next : nextWorkday(next);
}

/** Inclusive. */
export interface DateRange {
  readonly from: string;
  readonly to: string;
}

export const includesDate = (range: DateRange | undefined, date: string): boolean =>
  range !== undefined && range.from <= date && date <= range.to;

/** A date in a time zone, with its UTC offset from the early morning on. */
export interface LocalDay {
  readonly date: string;
  readonly timeZone: string;
  readonly utcOffsetMin: number;
  /** Midnight with that offset, in UTC: the origin for seconds of the day. */
  readonly startMs: number;
}

/** Uses the offset at noon: clocks change at night, and the simulated people start after six. */
export function localDay(date: string, timeZone: string): LocalDay {
  const noonAsUtc = Date.parse(`${date}T12:00:00.000Z`);
  const guess = utcOffsetMinOf(timeZone, noonAsUtc);
  const utcOffsetMin = utcOffsetMinOf(timeZone, noonAsUtc - guess * MINUTE_MS);
  return { date, timeZone, utcOffsetMin, startMs: noonAsUtc - DAY_MS / 2 - utcOffsetMin * MINUTE_MS };
}

/** UTC offset of a time zone, from the time zone data of the JavaScript engine. */
export function utcOffsetMinOf(timeZone: string, epochMs: number): number {
  const name =
    offsetFormat(timeZone)
      .formatToParts(epochMs)
      .find(({ type }) => type === 'timeZoneName')?.value ?? '';
  const [, sign, hours, minutes] = /^GMT(?:([+-])(\d\d):(\d\d))?$/.exec(name) ?? [];
  return (sign === '-' ? -1 : 1) * (Number(hours ?? 0) * 60 + Number(minutes ?? 0));
}

const formats = new Map<string, Intl.DateTimeFormat>();

function offsetFormat(timeZone: string): Intl.DateTimeFormat {
  let format = formats.get(timeZone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });
    formats.set(timeZone, format);
  }
  return format;
}
