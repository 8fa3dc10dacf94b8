/** The requested person and their dates. Dates are local to the person, not to the server. */
import { localDateHour, type MinuteRow } from '@kinetrack/schema';
import type { SummaryStore } from '../lake/ports.ts';
import { ApiError } from './errors.ts';
import { type Permit, requestedUser } from './permit.ts';

export interface Person {
  readonly user: string;
  /** First and last date with data. Loaded on first use. */
  span(): ReturnType<SummaryStore['span']>;
  /** @throws ApiError for a user without data, except the caller, who may have just started */
  checkKnown(rows: readonly unknown[]): Promise<void>;
}

/** @throws ApiError for a user that the caller may not see */
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
 * The clock offset of the latest minute of a person; undefined without data. The date of a traveller
 * follows the first minute recorded in the new time zone.
 */
export async function latestOffsetMin(store: SummaryStore, person: Person): Promise<number | undefined> {
  const span = await person.span();
  return span && (await store.lastMinute(person.user, span.last))?.utc_offset_min;
}

export const offsetOf = (rows: readonly MinuteRow[]): number | undefined => rows.at(-1)?.utc_offset_min;

export const localToday = (nowMs: number, offsetMin: number): string => localDateHour(nowMs, offsetMin).date;
