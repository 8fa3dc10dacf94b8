/** Arithmetic on calendar dates, in the fixed form of the schema; no clock, no time zone of the host. */
import { addDays, DAY_MS } from '@kinetrack/schema';

const epochDayMs = (date: string): number => Date.parse(`${date}T00:00:00.000Z`);

export const daysBetween = (from: string, to: string): number =>
  Math.round((epochDayMs(to) - epochDayMs(from)) / DAY_MS);

/** Every date of the inclusive range. */
export const datesOf = (from: string, to: string): string[] =>
  Array.from({ length: daysBetween(from, to) + 1 }, (_, index) => addDays(from, index));
