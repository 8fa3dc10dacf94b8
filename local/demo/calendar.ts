/** Dates as a calendar on the wall shows them, in no time zone. Working days are Monday to Friday. */

const DAY_MS = 86_400_000;
const midnightOf = (date: string): number => Date.parse(`${date}T00:00:00.000Z`);

/** The date so many days later (or earlier), as `2026-11-13`. */
export function addDays(date: string, days: number): string {
  return new Date(midnightOf(date) + days * DAY_MS).toISOString().slice(0, 10);
}

/** 0 for Sunday to 6 for Saturday. */
export const weekdayOf = (date: string): number => new Date(midnightOf(date)).getUTCDay();

export const isWorkday = (date: string): boolean => ![0, 6].includes(weekdayOf(date));

/** So many working days earlier; none is the date itself or, at a weekend, the Friday before it. */
export function workdaysBefore(date: string, count: number): string {
  let day = date;
  for (let left = count; left > 0 || !isWorkday(day); day = addDays(day, -1)) {
    if (isWorkday(day)) left--;
  }
  return day;
}

/** The last working day that is over when this date begins. */
export const workdayBefore = (date: string): string => workdaysBefore(addDays(date, -1), 0);

export function nextWorkday(date: string): string {
  const next = addDays(date, 1);
  return isWorkday(next) ? next : nextWorkday(next);
}

/** Both ends included. */
export interface DateRange {
  readonly from: string;
  readonly to: string;
}

export const includesDate = (range: DateRange | undefined, date: string): boolean =>
  range !== undefined && range.from <= date && date <= range.to;
