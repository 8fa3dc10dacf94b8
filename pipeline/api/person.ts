/** Whose figures, and which of their days: dates are the person's own, not the server's. */
import { localDateHour, type MinuteRow } from '@kinetrack/schema';
import type { SummaryStore } from '../lake/ports.ts';
import { ApiError } from './errors.ts';
import { type Permit, requestedUser } from './permit.ts';

export interface Person {
  readonly user: string;
  /** First and last date with data; requested for once, and only where an answer needs it. */
  span(): ReturnType<SummaryStore['span']>;
  /** Throws an ApiError for a name without any data, unless it is whoever asks, who may just have started. */
  checkKnown(rows: readonly unknown[]): Promise<void>;
}

/** Throws an ApiError for somebody whom the caller may not see. */
export function personOf(store: SummaryStore, permit: Permit, requested: string | undefined): Person {
  const user = requestedUser(permit, requested);
  let found: ReturnType<SummaryStore['span']> | undefined;
  const span = () => {
    found ??= store.span(user);
    return found;
  };
  return {
    user,
    span,
    async checkKnown(rows) {
      if (rows.length > 0 || user === permit.caller.userId || (await span()) !== undefined) return;
      throw new ApiError(
        404,
        'unknown_user',
        `user ${JSON.stringify(user)}: no data; GET /users lists users with data`,
      );
    },
  };
}

/**
 * The clock of the person: the offset of their latest minute. A traveller's day changes with the first
 * minute recorded in the new zone; the server's own zone says nothing about a person elsewhere. Undefined without any.
 */
export async function latestOffsetMin(store: SummaryStore, person: Person): Promise<number | undefined> {
  const span = await person.span();
  return span && (await store.lastMinute(person.user, span.last))?.utc_offset_min;
}

export const offsetOf = (rows: readonly MinuteRow[]): number | undefined => rows.at(-1)?.utc_offset_min;

export const localToday = (nowMs: number, offsetMin: number): string => localDateHour(nowMs, offsetMin).date;
