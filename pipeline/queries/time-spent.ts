/** Time by application, site and day, and its productive share. */
import { hoursOf, secondsIn, share, total } from './expressions.ts';
import type { QueryDefinition } from './query-definition.ts';

const STATE_SECONDS = `${total('seconds')} AS observed_s,
    ${secondsIn('productive')} AS productive_s,
    ${secondsIn('non_productive')} AS non_productive_s,
    ${secondsIn('unknown')} AS unknown_s`;

const STATE_HOURS = `${hoursOf('observed_s')} AS observed_h,
  ${hoursOf('productive_s')} AS productive_h,
  ${hoursOf('non_productive_s')} AS non_productive_h,
  ${hoursOf('unknown_s')} AS unknown_h`;

export const timePerApplication: QueryDefinition = {
  name: 'time-per-application',
  about: 'Observed and productive hours by application and site.',
  reading:
    'Only observed time counts. In a row without application, the active window was not available. ' +
    'time_share is the share of all observed time.',
  sql: ({ rollup }) => `WITH used AS (
  SELECT app, site, count(DISTINCT user_id) AS people, ${STATE_SECONDS}
  FROM hours
  WHERE ${rollup}
  GROUP BY app, site
)
SELECT app, site, people, ${STATE_HOURS},
  ${share('observed_s', 'sum(observed_s) OVER ()')} AS time_share
FROM used
ORDER BY observed_s DESC, app NULLS LAST, site NULLS LAST`,
};

export const productiveShare: QueryDefinition = {
  name: 'productive-share',
  about: 'Productive hours and their share of time with a verdict, by person and day.',
  reading:
    'Reading on paper, thinking and talking are not observed, so a low share alone says little. ' +
    'unknown_h has no verdict because input is not captured on that computer.',
  sql: ({ rollup }) => `WITH days_of_people AS (
  SELECT user_id, local_date, ${STATE_SECONDS}
  FROM hours
  WHERE ${rollup}
  GROUP BY user_id, local_date
)
SELECT user_id, local_date, ${STATE_HOURS},
  ${share('productive_s', 'productive_s + non_productive_s')} AS productive_share
FROM days_of_people
ORDER BY user_id, local_date`,
};

export const nonProductiveApplications: QueryDefinition = {
  name: 'non-productive-applications',
  about: 'Hours in applications and sites on the non-productive list, by person.',
  reading:
    'The list is configurable. Time without input in other applications is not included. ' +
    'Two computers of one person both count.',
  sql: ({ rollup }) => `WITH used AS (
  SELECT user_id, app, site,
    ${total(`CASE WHEN rule = 'non_productive_list' THEN seconds ELSE 0 END`)} AS listed_s,
    count(DISTINCT CASE WHEN rule = 'non_productive_list' THEN local_date END) AS days,
    CAST(sum(sum(seconds)) OVER (PARTITION BY user_id) AS bigint) AS observed_s
  FROM minutes
  WHERE ${rollup}
  GROUP BY user_id, app, site
)
SELECT user_id, app, site, days, ${hoursOf('listed_s')} AS listed_h,
  ${share('listed_s', 'observed_s')} AS share_of_observed
FROM used
WHERE listed_s > 0
ORDER BY user_id, listed_s DESC, app NULLS LAST, site NULLS LAST`,
};
