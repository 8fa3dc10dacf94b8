/**
 * SQL expressions with equal results in Athena (Trino) and DuckDB. The engines differ in integer
 * division and decimal rounding, and sums of doubles depend on the order. Therefore only integers are
 * added, followed by one division.
 */

/**
 * A quotient with `decimals` decimals, rounded half up; null if the divisor is 0. IEEE 754 doubles give
 * equal results in both engines.
 */
export const quotient = (dividend: string, divisor: string, decimals: number): string => {
  const power = `1e${decimals}`;
  return `floor(${power} * (${dividend}) / nullif(${divisor}, 0) + 0.5e0) / ${power}`;
};

/** A ratio from 0 to 1 with three decimals. */
export const share = (part: string, whole: string): string => quotient(part, whole, 3);

/** Seconds as hours with two decimals. */
export const hoursOf = (seconds: string): string => quotient(seconds, '3600', 2);

/** Seconds as minutes with one decimal. */
export const minutesOf = (seconds: string): string => quotient(seconds, '60', 1);

/** `sum` of integers as bigint. DuckDB would return HUGEINT. */
export const total = (expression: string): string => `CAST(sum(${expression}) AS bigint)`;

/** Seconds of the rows in one state. */
export const secondsIn = (state: 'productive' | 'non_productive' | 'unknown'): string =>
  total(`CASE WHEN state = '${state}' THEN seconds ELSE 0 END`);

/** `Mon` to `Sun` of a date as text. */
export const weekdayName = (day: string): string =>
  `element_at(ARRAY['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'], ${day})`;

/** One row per person and minute, over all devices and windows: the base of activity queries. */
/** At least one signal is captured on that computer. Otherwise zero input means nothing. */
const CAPTURED = `coalesce(${['keys', 'clicks', 'scrolls', 'distance_px']
  .map((name) => `json_extract_scalar(inputs, '$.${name}')`)
  .join(', ')}) IS NOT NULL`;

/**
 * The columns of a SELECT over `minutes`: user_id, local_date, minute, utc_offset_min, captured, keys, clicks,
 * scrolls, distance_px, meeting_s.
 */
export const personMinutes = (where: string): string => `SELECT user_id, local_date, minute,
    max(utc_offset_min) AS utc_offset_min,
    max(CASE WHEN ${CAPTURED} THEN 1 ELSE 0 END) AS captured,
    CAST(sum(keys) AS bigint) AS keys, CAST(sum(clicks) AS bigint) AS clicks,
    CAST(sum(scrolls) AS bigint) AS scrolls, CAST(sum(distance_px) AS bigint) AS distance_px,
    CAST(sum(CASE WHEN rule = 'meeting' THEN seconds ELSE 0 END) AS bigint) AS meeting_s
  FROM minutes
  WHERE ${where}
  GROUP BY user_id, local_date, minute`;

export const HAS_INPUT = 'keys + clicks + scrolls + distance_px > 0';

/** `09:10` of a minute on the person's clock. */
export const localClock = (minute: string, offset = 'utc_offset_min'): string =>
  `substr(CAST(date_add('minute', ${offset}, ${minute}) AS varchar), 12, 5)`;
