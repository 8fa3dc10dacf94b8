/**
 * Which events of each device have arrived, as one SQL query for DuckDB and Athena (Trino).
 *
 * A device numbers its events from 1 without gaps, so the numbers in the lake show which are missing.
 * Rows:
 *
 *   | status           | from_seq..to_seq                                            | events            |
 *   |------------------|-------------------------------------------------------------|-------------------|
 *   | present          | arrived; first_ts and last_ts are approximate, see below    | numbers           |
 *   | missing          | not in the lake, without a known reason                     | numbers           |
 *   | reported_dropped | not in the lake; the device reports a reason                | numbers           |
 *   | before_lake      | below the first number in the lake: deleted, or never sent  | numbers           |
 *   | duplicated       | in the lake more than once                                  | additional copies |
 *   | reused           | events with different times under one number                | additional events |
 *
 * The ranges of the first four are disjoint and cover 1 to the highest number in the lake. The ranges
 * of the last two are within present ones. Numbers above the highest are unknown.
 *
 * A hundred million numbers do not fit in the memory of one machine. They are therefore packed into
 * blocks of forty, as the bits of an integer. A full block is a range by itself. Only blocks with more
 * events than bits are read again, number by number. first_ts and last_ts are those of whole blocks: at
 * the ends of a range they can belong to up to 39 neighbours.
 */
import type { QueryDefinition } from './query-definition.ts';

/**
 * Numbers per block. The sum of their bits is below 2^40, so a bigint has room for eight million
 * copies.
 */
const BLOCK = 40;
const ALL_BITS = 2 ** BLOCK - 1;
/** Maximum of the schema. Delivery does not check numbers, so the lake can contain others. */
const MAX_SEQ = Number.MAX_SAFE_INTEGER;

/** `condition` selects rows of `events` and `system`. */
const completenessSql = (condition: string): string => `WITH blocks AS (
  SELECT device_id, seq - (seq - 1) % ${BLOCK} AS from_seq,
    bitwise_or_agg(CAST(power(2, (seq - 1) % ${BLOCK}) AS bigint)) AS bits,
    sum(CAST(power(2, (seq - 1) % ${BLOCK}) AS bigint)) AS bits_of_all,
    min(ts) AS first_ts, max(ts) AS last_ts
  FROM events
  WHERE device_id IS NOT NULL AND seq BETWEEN 1 AND ${MAX_SEQ}${condition}
  GROUP BY 1, 2
),
pieces AS (
  SELECT device_id, from_seq, from_seq + ${BLOCK - 1} AS to_seq, first_ts, last_ts
  FROM blocks
  WHERE bits = ${ALL_BITS}
  UNION ALL
  SELECT device_id, from_seq + place, from_seq + place, first_ts, last_ts
  FROM blocks CROSS JOIN UNNEST(sequence(0, ${BLOCK - 1})) AS places(place)
  WHERE bits < ${ALL_BITS} AND CAST(floor(bits / power(2, place)) AS bigint) % 2 = 1
),
-- Pieces that follow each other have all the same distance from a count of the numbers up to them.
distances AS (
  SELECT *, to_seq - CAST(sum(to_seq - from_seq + 1)
    OVER (PARTITION BY device_id ORDER BY from_seq ROWS UNBOUNDED PRECEDING) AS bigint) AS distance
  FROM pieces
),
present AS (
  SELECT device_id, min(from_seq) AS from_seq, max(to_seq) AS to_seq, min(first_ts) AS first_ts, max(last_ts) AS last_ts
  FROM distances
  GROUP BY device_id, distance
),
devices AS (
  SELECT device_id, min(from_seq) AS first_seq, max(to_seq) AS last_seq
  FROM present
  GROUP BY device_id
),
gaps AS (
  SELECT device_id, before + 1 AS from_seq, from_seq - 1 AS to_seq
  FROM (SELECT *, lag(to_seq, 1, 0) OVER (PARTITION BY device_id ORDER BY from_seq) AS before FROM present) AS islands
  WHERE from_seq > before + 1
),
-- What the devices gave up, as they tell it: '12-40,57,60-61'.
told AS (
  SELECT device_id, element_at(detail, 'reason') AS reason,
    try_cast(split_part(range_text, '-', 1) AS bigint) AS from_seq,
    try_cast(coalesce(nullif(split_part(range_text, '-', 2), ''), range_text) AS bigint) AS to_seq
  FROM system CROSS JOIN UNNEST(split(element_at(detail, 'ranges'), ',')) AS ranges(range_text)
  WHERE kind = 'dropped'${condition}
),
-- The same without copies and overlaps, and without what is above everything that is here.
dropped AS (
  SELECT device_id, reason, greatest(from_seq, covered + 1) AS from_seq, to_seq
  FROM (
    SELECT told.device_id, reason, from_seq, least(to_seq, last_seq) AS to_seq,
      coalesce(max(least(to_seq, last_seq)) OVER (PARTITION BY told.device_id ORDER BY from_seq, to_seq, reason
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS covered
    FROM told JOIN devices ON told.device_id = devices.device_id
    WHERE from_seq >= 1 AND from_seq <= to_seq
  ) AS ordered
  WHERE to_seq > covered AND from_seq <= to_seq
),
lost AS (
  SELECT gaps.device_id, reason, greatest(gaps.from_seq, dropped.from_seq) AS from_seq,
    least(gaps.to_seq, dropped.to_seq) AS to_seq
  FROM gaps JOIN dropped ON gaps.device_id = dropped.device_id
    AND dropped.from_seq <= gaps.to_seq AND dropped.to_seq >= gaps.from_seq
),
accounted AS (
  SELECT device_id, from_seq, to_seq FROM present
  UNION ALL
  SELECT device_id, from_seq, to_seq FROM lost
),
unexplained AS (
  SELECT device_id, before + 1 AS from_seq, from_seq - 1 AS to_seq
  FROM (SELECT *, lag(to_seq, 1, 0) OVER (PARTITION BY device_id ORDER BY from_seq) AS before FROM accounted) AS islands
  WHERE from_seq > before + 1
),
-- An event has one ts: two of them under one number are two events. As numbers, because texts would take the memory.
copies AS (
  SELECT numbered.device_id, seq, count(*) - 1 AS surplus,
    CASE WHEN min(moment) < max(moment) THEN 'reused' ELSE 'duplicated' END AS status
  FROM (SELECT device_id, seq, try_cast(translate(ts, '-T:.Z', '') AS bigint) AS moment, seq - (seq - 1) % ${BLOCK} AS block
    FROM events
    WHERE seq BETWEEN 1 AND ${MAX_SEQ}${condition}) AS numbered
  JOIN blocks ON numbered.device_id = blocks.device_id AND block = blocks.from_seq
  WHERE bits_of_all > bits
  GROUP BY numbered.device_id, seq
  HAVING count(*) > 1
),
copied AS (
  SELECT device_id, status, min(seq) AS from_seq, max(seq) AS to_seq, CAST(sum(surplus) AS bigint) AS events
  FROM (SELECT *, seq - row_number() OVER (PARTITION BY device_id, status ORDER BY seq) AS distance FROM copies) AS numbered
  GROUP BY device_id, status, distance
)
SELECT device_id, 'present' AS status, CAST(NULL AS varchar) AS reason, from_seq, to_seq, to_seq - from_seq + 1 AS events,
  first_ts, last_ts
FROM present
UNION ALL
SELECT device_id, 'reported_dropped', reason, from_seq, to_seq, to_seq - from_seq + 1, NULL, NULL
FROM lost
UNION ALL
SELECT unexplained.device_id, CASE WHEN to_seq < first_seq THEN 'before_lake' ELSE 'missing' END, NULL,
  from_seq, to_seq, to_seq - from_seq + 1, NULL, NULL
FROM unexplained JOIN devices ON unexplained.device_id = devices.device_id
UNION ALL
SELECT device_id, status, NULL, from_seq, to_seq, events, NULL, NULL
FROM copied
ORDER BY device_id, from_seq, status`;

/** Over the whole lake. */
export const COMPLETENESS_SQL = completenessSql('');

export const completeness: QueryDefinition = {
  name: 'completeness',
  about: 'Present, missing, dropped and duplicate events by device.',
  reading:
    'Devices number their events without gaps, so a missing number is a missing event. After an outage it can still ' +
    'arrive. Earlier events are before_lake. Reads the envelope of each event of the period.',
  sql: ({ rawOfDevices }) => completenessSql(` AND ${rawOfDevices}`),
};
