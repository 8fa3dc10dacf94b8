import { addDays, calendarDate } from '@kinetrack/schema';

/** A named query before it knows its period and people. */
export interface QueryDefinition {
  /** Kebab-case. */
  readonly name: string;
  /** One sentence: what it tells. */
  readonly about: string;
  /** How its figures are to be read, and what they do not say. */
  readonly reading: string;
  readonly sql: (conditions: Conditions) => string;
}

/**
 * Which rows a named query is about, as constant conditions: engines prune the partitions `dt` only by what they can
 * compute before they read (partition projection of Athena takes no subquery).
 */

export interface QueryScope {
  /** Dates, the last one included. @defaultValue 28 */
  readonly days?: number | undefined;
  /** The last date, `2026-11-20`. @defaultValue today in UTC, at the time of the query */
  readonly until?: string | undefined;
  /** Only this person. @defaultValue everybody */
  readonly userId?: string | undefined;
}

export const DEFAULT_DAYS = 28;
/** Ten years: more is a mistake. */
export const MAX_DAYS = 3660;

/** For a WHERE. */
export interface Conditions {
  /** Rows of `minutes` and `hours`, by the person's own dates. */
  readonly rollup: string;
  /** Rows of the raw tables, by UTC dates. */
  readonly raw: string;
  /** The same, with everything of the devices that a person has used: numbers belong to devices. */
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
    // Clocks are up to 14 hours ahead of UTC and 12 behind it: a local date lies in up to three dates of UTC.
    rollup: `${range('dt', 1)} AND ${range('local_date', 0)}${person}`,
    raw: `${raw}${person}`,
    rawOfDevices:
      userId === undefined
        ? raw
        : `${raw} AND device_id IN (SELECT device_id FROM events WHERE ${raw}${person})`,
  };
}

/** As text, like `dt`. The inner cast is for DuckDB, where a date less an interval is a timestamp. */
const dateBeforeToday = (days: number): string =>
  `CAST(CAST(current_date - INTERVAL '${days}' DAY AS date) AS varchar)`;

function checkDate(until: string): void {
  if (calendarDate.safeParse(until).success) return;
  throw new RangeError(`until is ${JSON.stringify(until)}; it must be a date, such as 2026-11-20`);
}

const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;
