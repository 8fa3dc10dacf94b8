/**
 * Timestamps have one form: UTC with milliseconds and `Z`, always 24 characters. JQ then extracts
 * partitions with slices (`.ts[0:10]`): `fromdateiso8601` of jq 1.6 rejects fractions and offsets.
 */
import * as z from 'zod';

const UTC_FORM = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/;

/** A timestamp such as `2026-11-20T09:10:11.123Z`; days that do not exist (31 February) are rejected. */
export const utcTimestamp = z
  .string()
  .regex(UTC_FORM, 'must be UTC in the form 2026-11-20T09:10:11.123Z')
  .refine((text) => !UTC_FORM.test(text) || isRealDay(text), 'must be an existing date');

/** A calendar date such as `2026-11-20`. */
export const calendarDate = z.iso.date('must be a date in the form 2026-11-20');

export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;

export const formatUtc = (epochMs: number): string => new Date(epochMs).toISOString();

/** Adds days to a calendar date (negative: subtracts), `2026-11-20` in and out. */
export const addDays = (date: string, days: number): string =>
  formatUtc(Date.parse(`${date}T00:00:00.000Z`) + days * DAY_MS).slice(0, 10);

/** One UTC hour: the unit of partitions and of rollups. */
export interface UtcHour {
  /** `2026-11-20` */
  readonly dt: string;
  /** `00` to `23` */
  readonly hour: string;
}

export const utcHourOf = (ts: string): UtcHour => ({ dt: ts.slice(0, 10), hour: ts.slice(11, 13) });

/** Start of the hour in epoch milliseconds. */
export const startOfUtcHourMs = ({ dt, hour }: UtcHour): number => Date.parse(`${dt}T${hour}:00:00.000Z`);

/** Local date and hour at a time, from the offset of the event. */
export function localDateHour(epochMs: number, utcOffsetMin: number): { date: string; hour: number } {
  const local = new Date(epochMs + utcOffsetMin * 60_000).toISOString();
  return { date: local.slice(0, 10), hour: Number(local.slice(11, 13)) };
}

function isRealDay(text: string): boolean {
  const epochMs = Date.parse(text);
  return !Number.isNaN(epochMs) && new Date(epochMs).toISOString() === text;
}
