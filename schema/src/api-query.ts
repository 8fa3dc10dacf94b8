/** What the API can be asked. Unknown parameters are errors: a misspelt one must not be answered with a default. */
import * as z from 'zod';
import { calendarDate, utcTimestamp } from './time.ts';

/** Days of one question; a year of hour rows is the most that one answer should add up. */
export const MAX_RANGE_DAYS = 366;

export const userName = z.string().min(1, 'must name a person').max(128, 'must have at most 128 characters');
const user = userName.optional();
const date = calendarDate.optional();

export const userQuery = z.strictObject({ user });
export const dayQuery = z.strictObject({ user, date });
export const rangeQuery = z.strictObject({ user, from: date, to: date });
export type RangeQuery = z.infer<typeof rangeQuery>;
export const noQuery = z.strictObject({});
/** Deletion is for good: the person is named twice. */
export const confirmQuery = z.strictObject({ confirm: userName.optional() });
/** Of a deletion, as it stands in a path and in the key of an object. */
export const deletionId = z.string().regex(/^[A-Za-z0-9-]{1,64}$/, 'must be the id of a deletion');

/** The start of a minute, as it stands in a path. */
export const minuteStart = utcTimestamp.refine(
  (text) => text.endsWith(':00.000Z'),
  'must be the start of a minute, such as 2026-11-20T09:10:00.000Z',
);
