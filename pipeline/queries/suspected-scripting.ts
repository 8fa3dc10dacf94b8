/**
 * Periods of input with uniform amounts at uniform intervals, as from a device or program.
 *
 * First, samples with few distinct amounts are selected. Only these are split into seconds, and only
 * periods with uniform intervals between seconds of input are returned. People can do one of the two
 * for a while (one click per second; constant mouse movement), but rarely both for ten minutes.
 */
import { localClock, share } from './expressions.ts';
import type { QueryDefinition } from './query-definition.ts';

const LEAST_ACTIVE_S = 2;
const MOST_AMOUNTS = 2;
const SHORTEST_MIN = 10;
/** Allows one missing sample in a period. */
const PAUSE_MIN = 1;
/**
 * Windows reported by agents are limited to a day: the schema allows any number, and not every number
 * fits in a bigint.
 */
const LONGEST_WINDOW_S = 86_400;
const WINDOW_MIN = `CAST(ceil(least(window_s, ${LONGEST_WINDOW_S}) / 60) AS bigint)`;
/**
 * Minimum share of intervals within a second of the usual one. The intervals of a timer that is not
 * aligned to seconds vary by one.
 */
const EVEN_STEPS = 0.9;

const MINUTE_OF_TS = "CAST(concat(substr(ts, 1, 10), ' ', substr(ts, 12, 5), ':00') AS timestamp)";
const localDate = (minute: string): string =>
  `CAST(CAST(date_add('minute', utc_offset_min, ${minute}) AS date) AS varchar)`;

export const suspectedScripting: QueryDefinition = {
  name: 'suspected-scripting',
  about: 'Periods of input with uniform amounts and intervals, and detections reported by agents.',
  reading:
    'Suspected means: check the evidence, and ask the person. least_amount and most_amount are the input per second, ' +
    'step_s the usual interval, even_steps the share of intervals within a second of it. A stuck key looks the same. ' +
    'A program that varies its amounts is not found. Dates are UTC, times are local.',
  sql: ({ raw }) => `WITH figures AS (
  SELECT user_id, device_id, utc_offset_min, from_s, signal,
    ${MINUTE_OF_TS} AS minute,
    CASE signal WHEN 'keys' THEN keys WHEN 'clicks' THEN clicks WHEN 'scrolls' THEN scrolls ELSE distance_px END AS amounts
  FROM sample CROSS JOIN (VALUES ('keys'), ('clicks'), ('scrolls'), ('mouse')) AS signals(signal)
  WHERE ${raw}
),
-- DISTINCT: the same sample may have arrived twice.
even AS (
  SELECT DISTINCT *
  FROM figures
  WHERE cardinality(array_remove(amounts, 0)) >= ${LEAST_ACTIVE_S}
    AND cardinality(array_distinct(array_remove(amounts, 0))) <= ${MOST_AMOUNTS}
),
marked AS (
  SELECT *, CASE WHEN date_diff('minute', lag(minute) OVER (PARTITION BY user_id, device_id, signal ORDER BY minute, from_s),
    minute) <= ${PAUSE_MIN + 1} THEN 0 ELSE 1 END AS begins_run
  FROM even
),
numbered AS (
  SELECT *, sum(begins_run) OVER (PARTITION BY user_id, device_id, signal ORDER BY minute, from_s ROWS UNBOUNDED PRECEDING) AS run
  FROM marked
),
long AS (
  SELECT *, min(minute) OVER (PARTITION BY user_id, device_id, signal, run) AS first_minute,
    max(minute) OVER (PARTITION BY user_id, device_id, signal, run) AS last_minute
  FROM numbered
),
active AS (
  SELECT user_id, device_id, signal, utc_offset_min, first_minute, last_minute, amount,
    60 * date_diff('minute', first_minute, minute) + from_s + place AS second
  FROM long CROSS JOIN UNNEST(amounts) WITH ORDINALITY AS seconds(amount, place)
  WHERE amount > 0 AND date_diff('minute', first_minute, last_minute) + 1 >= ${SHORTEST_MIN}
),
steps AS (
  SELECT *, second - lag(second) OVER (PARTITION BY user_id, device_id, signal, first_minute ORDER BY second) AS step
  FROM active
),
counted AS (
  SELECT user_id, device_id, signal, first_minute, last_minute, step, max(utc_offset_min) AS utc_offset_min,
    count(*) AS seconds, min(amount) AS least, max(amount) AS most
  FROM steps
  GROUP BY user_id, device_id, signal, first_minute, last_minute, step
),
compared AS (
  SELECT *, first_value(step) OVER (PARTITION BY user_id, device_id, signal, first_minute
    ORDER BY CASE WHEN step IS NULL THEN 0 ELSE seconds END DESC, step) AS usual_step
  FROM counted
),
runs AS (
  SELECT user_id, device_id, signal, first_minute, last_minute, max(utc_offset_min) AS utc_offset_min,
    CAST(sum(seconds) AS bigint) AS active_s, min(least) AS least, max(most) AS most, max(usual_step) AS step_s,
    ${share('sum(CASE WHEN abs(step - usual_step) <= 1 THEN seconds ELSE 0 END)', 'sum(CASE WHEN step IS NOT NULL THEN seconds ELSE 0 END)')} AS even_steps
  FROM compared
  GROUP BY user_id, device_id, signal, first_minute, last_minute
),
-- What agents have noticed themselves; a copy of an event is one.
told AS (
  SELECT user_id, device_id, seq, ts, utc_offset_min, detector, window_s, action,
    array_join(array_agg(DISTINCT concat(name, ' ', element_at(evidence, name)) ORDER BY concat(name, ' ', element_at(evidence, name)))
      FILTER (WHERE name IS NOT NULL), ', ') AS evidence
  FROM scripted_activity LEFT JOIN UNNEST(map_keys(evidence)) AS names(name) ON true
  WHERE ${raw}
  GROUP BY user_id, device_id, seq, ts, utc_offset_min, detector, window_s, action
),
told_at AS (
  SELECT *, ${MINUTE_OF_TS} AS minute
  FROM told
)
SELECT user_id, device_id, ${localDate('first_minute')} AS local_date,
  ${localClock('first_minute')} AS begins, ${localClock("date_add('minute', 1, last_minute)")} AS ends,
  'samples' AS seen_by, signal AS what, date_diff('minute', first_minute, last_minute) + 1 AS minutes,
  active_s, least AS least_amount, most AS most_amount, step_s, even_steps, CAST(NULL AS varchar) AS evidence
FROM runs
WHERE even_steps >= ${EVEN_STEPS}
UNION ALL
SELECT user_id, device_id, ${localDate('minute')}, ${localClock('minute')},
  ${localClock(`date_add('minute', ${WINDOW_MIN}, minute)`)},
  concat('agent, ', action), detector, ${WINDOW_MIN}, NULL, NULL, NULL, NULL, NULL, evidence
FROM told_at
ORDER BY user_id, local_date, begins, device_id, seen_by, what, minutes, evidence NULLS FIRST`,
};
