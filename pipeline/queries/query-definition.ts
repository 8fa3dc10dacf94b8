import { addDays, calendarDate } from '@kinetrack/schema';

/** A named query without period and people. */
export interface QueryDefinition {
  /** Kebab-case. */
  readonly name: string;
  /** One sentence about the result. */
  readonly about: string;
  /** Notes on interpretation and limits. */
  readonly reading: string;
  readonly sql: (conditions: Conditions) => string;
}

/**
 * The scope of a named query, as constant SQL conditions: engines prune `dt` partitions only by
 * constants (partition projection of Athena accepts no subquery).
 */

export interface QueryScope {
  /** Number of dates, including the last. @defaultValue 28 */
  readonly days?: number | undefined;
  /** The last date, `2026-11-20`. @defaultValue today in UTC, at the time of the query */
  readonly until?: string | undefined;
  /** Only this person. @defaultValue everybody */
  readonly userId?: string | undefined;
}

export const DEFAULT_DAYS = 28;
/** Ten years. */
export const MAX_DAYS = 3660;

/** Conditions of a WHERE clause. */
export interface Conditions {
  /** Rows of `minutes` and `hours`, by local date. */
  readonly rollup: string;
  /** Rows of the raw tables, by UTC date. */
  readonly raw: string;
  /** The same, with all events of the devices that the person has used: seqs belong to devices. */
  readonly rawOfDevices: string;
}

/** @throws RangeError with the value and the rule */
export function conditionsOf({ days = DEFAULT_DAYS, until, userId }: QueryScope): Conditions {
  if (!Number.isSafeInteger(days) || days < 1 || days > MAX_DAYS) {
    throw new RangeError(`days is ${days}; it must be a whole number from 1 to ${MAX_DAYS}`);
  }
  if (until !== undefined) checkDate(until);
  const range = (column: string, margin: number): string =>
    until === undefined
      ? `${column} >= ${dateBeforeToday(days - 1 + margin)}`
      : `${column} BETWEEN ${literal(addDays(until, 1 - days - margin))} AND ${literal(addDays(until, margin))}`;
  const raw = range('dt', 0);
  const person = userId === undefined ? '' : ` AND user_id = ${literal(userId)}`;
  return {
    // Clock offsets are from -12 to +14 hours: a local date overlaps up to three UTC dates.
    rollup: `${range('dt', 1)} AND ${range('local_date', 0)}${person}`,
    raw: `${raw}${person}`,
    rawOfDevices:
      userId === undefined
        ? raw
        : `${raw} AND device_id IN (SELECT device_id FROM events WHERE ${raw}${person})`,
  };
}

/** A string like `dt`. The inner cast is for DuckDB, where a date minus an interval is a timestamp. */
const dateBeforeToday = (days: number): string =>
  `CAST(CAST(current_date - INTERVAL '${days}' DAY AS date) AS varchar)`;

function checkDate(until: string): void {
  if (calendarDate.safeParse(until).success) return;
  throw new RangeError(`until is ${JSON.stringify(until)}; it must be a date, such as 2026-11-20`);
}

const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;
