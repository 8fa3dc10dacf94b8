/** Activity: share of active minutes, intensity, and first and last activity of a day. */
import { HAS_INPUT, localClock, personMinutes, quotient, share } from './expressions.ts';
import type { QueryDefinition } from './query-definition.ts';

export const activityLevel: QueryDefinition = {
  name: 'activity-level',
  about: 'Share of observed minutes with any input, by person and day.',
  reading:
    'An active minute has a key, click, scroll step or movement. Meetings and reading have few of them, so do not ' +
    'compare people. Minutes without captured input are excluded.',
  sql: ({ rollup }) => `WITH person_minutes AS (
  ${personMinutes(rollup)}
)
SELECT user_id, local_date, count(*) AS observed_min,
  count_if(captured = 1 AND ${HAS_INPUT}) AS active_min,
  count_if(meeting_s >= 30) AS meeting_min,
  ${share(`count_if(captured = 1 AND ${HAS_INPUT})`, 'count_if(captured = 1)')} AS activity_level
FROM person_minutes
GROUP BY user_id, local_date
ORDER BY user_id, local_date`,
};

const perActiveHour = (column: string, decimals: number): string =>
  quotient(`60 * sum(${column})`, 'count(*)', decimals);

export const interactionIntensity: QueryDefinition = {
  name: 'interaction-intensity',
  about: 'Keys, clicks, scroll steps and mouse distance per active hour, by person.',
  reading:
    'An active hour is 60 minutes with any input. The figures depend on the type of work and do not measure its ' +
    'quality. 1000 px are about 25 cm on an office screen.',
  sql: ({ rollup }) => `WITH person_minutes AS (
  ${personMinutes(rollup)}
)
SELECT user_id, count(DISTINCT local_date) AS days, count(*) AS active_min,
  ${perActiveHour('keys', 0)} AS keys_per_h,
  ${perActiveHour('clicks', 0)} AS clicks_per_h,
  ${perActiveHour('scrolls', 0)} AS scrolls_per_h,
  ${perActiveHour('distance_px', 0)} AS distance_px_per_h
FROM person_minutes
WHERE ${HAS_INPUT}
GROUP BY user_id
ORDER BY user_id`,
};

/** Minimum length of a break. */
const BREAK_MIN = 15;

export const workingDay: QueryDefinition = {
  name: 'working-day',
  about: 'First and last activity, and the breaks in between, by person and day.',
  reading:
    `Activity is a minute with input or in a meeting. A break is ${BREAK_MIN} minutes or more without activity, ` +
    'including work away from the computer. Times are local. A day ends at midnight.',
  sql: ({ rollup }) => `WITH person_minutes AS (
  ${personMinutes(rollup)}
),
active AS (
  SELECT *, date_diff('minute', lag(minute) OVER (PARTITION BY user_id, local_date ORDER BY minute), minute) - 1 AS pause
  FROM person_minutes
  WHERE ${HAS_INPUT} OR meeting_s > 0
)
SELECT user_id, local_date,
  min_by(${localClock('minute')}, minute) AS first_activity,
  max_by(${localClock('minute')}, minute) AS last_activity,
  date_diff('minute', min(minute), max(minute)) + 1 AS span_min,
  count(*) AS active_min,
  count(CASE WHEN pause >= ${BREAK_MIN} THEN 1 END) AS breaks,
  coalesce(CAST(sum(CASE WHEN pause >= ${BREAK_MIN} THEN pause ELSE 0 END) AS bigint), 0) AS breaks_min,
  max(CASE WHEN pause >= ${BREAK_MIN} THEN pause END) AS longest_break_min
FROM active
GROUP BY user_id, local_date
ORDER BY user_id, local_date`,
};
