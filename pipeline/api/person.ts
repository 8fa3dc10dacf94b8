/** Whose figures, and which of their days: dates are the person's own, not the server's. */
import { localDateHour, type MinuteRow } from '@kinetrack/schema';
import type { SummaryStore } from '../ports.ts';
import { type Permit, personAsked } from './access.ts';
import { ApiError } from './errors.ts';

export interface Person {
  readonly user: string;
  readonly span: { readonly first: string; readonly last: string } | undefined;
}

/** Throws an ApiError for a name without data, unless it is whoever asks, who may just have started. */
export async function findPerson(
  store: SummaryStore,
  permit: Permit,
  asked: string | undefined,
): Promise<Person> {
  const user = personAsked(permit, asked);
  const span = await store.span(user);
  if (span === undefined && user !== permit.caller.userId) {
    throw new ApiError(
      404,
      'unknown_user',
      `user ${JSON.stringify(user)}: nothing is recorded of this person; GET /users lists those with data`,
    );
  }
  return { user, span };
}

/**
 * The clock of the person: the offset of their latest minute. A traveller's day changes with the first
 * minute recorded in the new zone; the server's own zone says nothing about a person elsewhere. Undefined without any.
 */
export async function latestOffsetMin(
  store: SummaryStore,
  { user, span }: Person,
): Promise<number | undefined> {
  return span && (await store.lastMinute(user, span.last))?.utc_offset_min;
}

export const offsetOf = (rows: readonly MinuteRow[]): number | undefined => rows.at(-1)?.utc_offset_min;

export const localToday = (nowMs: number, offsetMin: number): string => localDateHour(nowMs, offsetMin).date;
