/** Arithmetic on calendar dates and minutes, in the fixed forms of the schema; no clock, no time zone of the host. */
import { formatUtc } from '@kinetrack/schema';

const DAY_MS = 86_400_000;
export const MINUTE_MS = 60_000;

const epochDayMs = (date: string): number => Date.parse(`${date}T00:00:00.000Z`);

export const addDays = (date: string, days: number): string =>
  formatUtc(epochDayMs(date) + days * DAY_MS).slice(0, 10);

export const daysBetween = (from: string, to: string): number =>
  Math.round((epochDayMs(to) - epochDayMs(from)) / DAY_MS);

/** Every date of the inclusive range. */
export const datesOf = (from: string, to: string): string[] =>
  Array.from({ length: daysBetween(from, to) + 1 }, (_, index) => addDays(from, index));
