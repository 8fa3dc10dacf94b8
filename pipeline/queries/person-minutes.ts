/** Minutes of a person, whatever the number of devices and windows: what queries over activity begin with. */

/** Something of this minute's input is captured on that machine: without it, no input says nothing. */
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
