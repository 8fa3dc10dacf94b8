/** The longest productive periods, by a gaps-and-islands query. */
import { localClock } from './expressions.ts';
import type { QueryDefinition } from './query-definition.ts';

/** Productive seconds of a productive minute. */
const PRODUCTIVE_S = 45;
/** Maximum interruption within a period. */
const PAUSE_MIN = 2;
const SHORTEST_MIN = 25;
const BLOCKS_A_PERSON = 5;

export const focusBlocks: QueryDefinition = {
  name: 'focus-blocks',
  about: `The ${BLOCKS_A_PERSON} longest productive periods of each person.`,
  reading:
    `A period consists of minutes with ${PRODUCTIVE_S} productive seconds or more, with interruptions of up to ` +
    `${PAUSE_MIN} minutes, and lasts at least ${SHORTEST_MIN} minutes. meeting_min is the part in meetings. ` +
    'Times are local.',
  sql: ({ rollup }) => `WITH device_minutes AS (
  SELECT user_id, device_id, minute, min(local_date) AS local_date, max(utc_offset_min) AS utc_offset_min,
    sum(CASE WHEN state = 'productive' THEN seconds ELSE 0 END) AS productive_s,
    sum(CASE WHEN rule = 'meeting' THEN seconds ELSE 0 END) AS meeting_s
  FROM minutes
  WHERE ${rollup}
  GROUP BY user_id, device_id, minute
),
productive AS (
  SELECT user_id, minute, min(local_date) AS local_date, max(utc_offset_min) AS utc_offset_min,
    max(meeting_s) AS meeting_s
  FROM device_minutes
  WHERE productive_s >= ${PRODUCTIVE_S}
  GROUP BY user_id, minute
),
marked AS (
  SELECT *, CASE WHEN date_diff('minute', lag(minute) OVER (PARTITION BY user_id ORDER BY minute), minute) <= ${PAUSE_MIN + 1}
    THEN 0 ELSE 1 END AS begins_block
  FROM productive
),
numbered AS (
  SELECT *, sum(begins_block) OVER (PARTITION BY user_id ORDER BY minute ROWS UNBOUNDED PRECEDING) AS block
  FROM marked
),
blocks AS (
  SELECT user_id, min(local_date) AS local_date, min(minute) AS first_minute,
    min_by(${localClock('minute')}, minute) AS begins,
    max_by(${localClock("date_add('minute', 1, minute)")}, minute) AS ends,
    date_diff('minute', min(minute), max(minute)) + 1 AS length_min,
    count(*) AS productive_min, count_if(meeting_s >= 30) AS meeting_min
  FROM numbered
  GROUP BY user_id, block
),
ranked AS (
  SELECT *, row_number() OVER (PARTITION BY user_id ORDER BY length_min DESC, first_minute) AS place
  FROM blocks
  WHERE length_min >= ${SHORTEST_MIN}
)
SELECT user_id, place, local_date, begins, ends, length_min, productive_min, meeting_min
FROM ranked
WHERE place <= ${BLOCKS_A_PERSON}
ORDER BY user_id, place`,
};
