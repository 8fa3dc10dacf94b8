/** Trends by hour of the day, weekday and week. */
import { hoursOf, quotient, secondsIn, share, total, weekdayName } from './expressions.ts';
import type { QueryDefinition } from './query-definition.ts';

/** Rows by person, date and the columns of `more`. */
const personDays = (where: string, more = ''): string => `SELECT user_id, local_date${more},
    ${total('seconds')} AS observed_s,
    ${secondsIn('productive')} AS productive_s,
    ${secondsIn('non_productive')} AS non_productive_s,
    ${total('keys')} AS keys, ${total('clicks')} AS clicks
  FROM hours
  WHERE ${where}
  GROUP BY user_id, local_date${more}`;

const PRODUCTIVE_SHARE = share('sum(productive_s)', 'sum(productive_s + non_productive_s)');
const perDay = (seconds: string): string => quotient(`sum(${seconds})`, '3600 * count(*)', 2);

export const hourOfDay: QueryDefinition = {
  name: 'hour-of-day',
  about: 'Observed and productive time of all people by hour of the day.',
  reading:
    'Hours are local. person_days is the number of days, added up over all people, behind a row: ' +
    'few people are active in early and late hours.',
  sql: ({ rollup }) => `WITH person_hours AS (
  ${personDays(rollup, ', local_hour')}
)
SELECT local_hour, count(*) AS person_days, count(DISTINCT user_id) AS people,
  ${hoursOf('sum(observed_s)')} AS observed_h,
  ${hoursOf('sum(productive_s)')} AS productive_h,
  ${PRODUCTIVE_SHARE} AS productive_share,
  ${quotient('3600 * sum(keys)', 'sum(observed_s)', 0)} AS keys_per_h,
  ${quotient('3600 * sum(clicks)', 'sum(observed_s)', 0)} AS clicks_per_h
FROM person_hours
GROUP BY local_hour
ORDER BY local_hour`,
};

const WEEKDAY = 'day_of_week(CAST(local_date AS date))';

export const weekday: QueryDefinition = {
  name: 'weekday',
  about: 'Average observed and productive hours per person by day of the week.',
  reading:
    'Averages over days with observed time, without days off. With few person_days, as on weekends, ' +
    'an average says little.',
  sql: ({ rollup }) => `WITH person_days AS (
  ${personDays(rollup)}
)
SELECT ${WEEKDAY} AS weekday, ${weekdayName(WEEKDAY)} AS weekday_name, count(*) AS person_days,
  count(DISTINCT user_id) AS people,
  ${perDay('observed_s')} AS observed_h_per_day,
  ${perDay('productive_s')} AS productive_h_per_day,
  ${PRODUCTIVE_SHARE} AS productive_share
FROM person_days
GROUP BY 1, 2
ORDER BY 1`,
};

export const weekOverWeek: QueryDefinition = {
  name: 'week-over-week',
  about: 'Productive hours per day and share by person and week, with the change from the previous week.',
  reading:
    'Weeks start on Monday. The first and the last can be incomplete, so figures are per observed day. Changes are ' +
    'empty if the previous week was not observed. Share changes are in points: 0.05 is from 60 % to 65 %.',
  sql: ({ rollup }) => `WITH person_days AS (
  ${personDays(rollup)}
),
weeks AS (
  SELECT user_id, CAST(date_trunc('week', CAST(local_date AS date)) AS date) AS week, count(*) AS days,
    ${total('observed_s')} AS observed_s,
    ${perDay('productive_s')} AS productive_h_per_day,
    ${PRODUCTIVE_SHARE} AS productive_share
  FROM person_days
  GROUP BY 1, 2
),
followed AS (
  SELECT *, date_diff('day', lag(week) OVER (PARTITION BY user_id ORDER BY week), week) AS days_since,
    lag(productive_h_per_day) OVER (PARTITION BY user_id ORDER BY week) AS previous_h,
    lag(productive_share) OVER (PARTITION BY user_id ORDER BY week) AS previous_share
  FROM weeks
)
SELECT user_id, CAST(week AS varchar) AS week, days, ${hoursOf('observed_s')} AS observed_h,
  productive_h_per_day, productive_share,
  CASE WHEN days_since = 7 THEN ${quotient('productive_h_per_day - previous_h', '1', 2)} END AS change_h_per_day,
  CASE WHEN days_since = 7 THEN ${quotient('productive_share - previous_share', '1', 3)} END AS change_share
FROM followed
ORDER BY user_id, week`,
};
