/**
 * Parameters of the API. Unknown parameters are errors, because a misspelled one would silently apply its
 * default.
 */
import * as z from 'zod';
import { calendarDate, utcTimestamp } from './time.ts';

/** Maximum range in days: a year of hour rows. */
export const MAX_RANGE_DAYS = 366;

export const userName = z.string().min(1, 'must name a person').max(128, 'must have at most 128 characters');
const user = userName.optional();
const date = calendarDate.optional();

export const userQuery = z.strictObject({ user });
export const dayQuery = z.strictObject({ user, date });
export const rangeQuery = z.strictObject({ user, from: date, to: date });
export type RangeQuery = z.infer<typeof rangeQuery>;
export const noQuery = z.strictObject({});
/** A deletion is permanent, so the request repeats the user ID. */
export const confirmQuery = z.strictObject({ confirm: userName.optional() });
/** ID of a deletion, in paths and object keys. */
export const deletionId = z.string().regex(/^[A-Za-z0-9-]{1,64}$/, 'must be the id of a deletion');

/** Start of a minute, in paths. */
export const minuteStart = utcTimestamp.refine(
  (text) => text.endsWith(':00.000Z'),
  'must be the start of a minute, such as 2026-11-20T09:10:00.000Z',
);
