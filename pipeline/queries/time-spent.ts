/** Where the time went: by application and site, and what of it was productive. */
import { hoursOf, secondsIn, share, total } from './expressions.ts';
import type { QueryDefinition } from './query-definition.ts';

export const timePerApplication: QueryDefinition = {
  name: 'time-per-application',
  about: 'Observed hours per application and site, and how much of them was productive.',
  reading:
    'Only observed time counts; a row without application is time in which the active window is not available. ' +
    'time_share is the share of all observed time.',
  sql: ({ rollup }) => `WITH used AS (
  SELECT app, site, count(DISTINCT user_id) AS people, ${total('seconds')} AS observed_s,
    ${secondsIn('productive')} AS productive_s, ${secondsIn('non_productive')} AS non_productive_s,
    ${secondsIn('unknown')} AS unknown_s
  FROM hours
  WHERE ${rollup}
  GROUP BY app, site
)
SELECT app, site, people, ${hoursOf('observed_s')} AS observed_h, ${hoursOf('productive_s')} AS productive_h,
  ${hoursOf('non_productive_s')} AS non_productive_h, ${hoursOf('unknown_s')} AS unknown_h,
  ${share('observed_s', 'sum(observed_s) OVER ()')} AS time_share
FROM used
ORDER BY observed_s DESC, app NULLS LAST, site NULLS LAST`,
};
