/** The tables of the lake. Names are the same in Athena and DuckDB. */
import { ACTIVITY_TYPES, type ActivityType, activityShapes, describeActivity } from './activities.ts';
import { type Column, columnsOf } from './columns.ts';
import { envelopeShape } from './envelope.ts';
import { dayRow, hourRow, minuteRow } from './rollup.ts';

export interface Partition {
  readonly name: 'activity_type' | 'dt' | 'hour';
  readonly kind: 'enum' | 'date' | 'hour';
  /** Values of an enum. */
  readonly values?: readonly string[];
}

export interface LakeTable {
  readonly name: string;
  readonly description: string;
  readonly format: 'json' | 'parquet';
  /** Key prefix under the lake's root, with a slash at the end; partitions follow as `name=value/`. */
  readonly prefix: string;
  readonly columns: readonly Column[];
  readonly partitions: readonly Partition[];
}

const byHour: readonly Partition[] = [
  { name: 'dt', kind: 'date' },
  { name: 'hour', kind: 'hour' },
];
const envelopeColumns = columnsOf(envelopeShape);

/** Key prefix of the raw events of one type. */
export const rawPrefix = (type: ActivityType): string => `raw/activity_type=${type}/`;

const activityTable = (type: ActivityType): LakeTable => ({
  name: type,
  description: describeActivity(type),
  format: 'json',
  prefix: rawPrefix(type),
  columns: [...envelopeColumns, ...columnsOf(activityShapes[type])],
  partitions: byHour,
});

export const MINUTES_PREFIX = 'rollup/minutes/';
export const HOURS_PREFIX = 'rollup/hours/';

/** Prefixes of the lake, each with its own retention. */
export const LAKE_PREFIXES = {
  raw: 'raw/',
  rollup: 'rollup/',
  /** Undeliverable records, which can be redelivered. */
  errors: 'errors/',
  /** `screenshots/<user_id>/<yyyy-MM-dd>/...` */
  screenshots: 'screenshots/',
  /** Tombstones and receipts of deleted people. */
  deletions: 'deletions/',
} as const;

/** Deletion receipts, which expire. */
export const RECEIPTS_PREFIX = `${LAKE_PREFIXES.deletions}receipts/`;
/** Tombstones by salted hash, kept permanently. */
export const TOMBSTONES_PREFIX = `${LAKE_PREFIXES.deletions}tombstones/`;

/** All tables in the lake; `days` is a view, see below. */
export const lakeTables: readonly LakeTable[] = [
  {
    name: 'events',
    description: 'All raw events of all types, with their envelope.',
    format: 'json',
    prefix: 'raw/',
    columns: envelopeColumns,
    partitions: [{ name: 'activity_type', kind: 'enum', values: ACTIVITY_TYPES }, ...byHour],
  },
  ...ACTIVITY_TYPES.map(activityTable),
  {
    name: 'minutes',
    description: 'Observed seconds with their verdict, per person, device, minute, app, site and rule.',
    format: 'parquet',
    prefix: MINUTES_PREFIX,
    columns: columnsOf(minuteRow.shape),
    partitions: byHour,
  },
  {
    name: 'hours',
    description: 'Observed seconds per person, local date and hour, app, site and state.',
    format: 'parquet',
    prefix: HOURS_PREFIX,
    columns: columnsOf(hourRow.shape),
    partitions: byHour,
  },
];

/**
 * The view `days`: one row per person and local date. The same SQL in Athena and DuckDB. The casts keep
 * sum(bigint) a bigint: DuckDB would widen it to HUGEINT.
 */
export const DAYS_VIEW_SQL = `SELECT
  user_id,
  local_date,
  CAST(sum(seconds) AS bigint) AS observed_s,
  CAST(sum(CASE WHEN state = 'productive' THEN seconds ELSE 0 END) AS bigint) AS productive_s,
  CAST(sum(CASE WHEN state = 'non_productive' THEN seconds ELSE 0 END) AS bigint) AS non_productive_s,
  CAST(sum(CASE WHEN state = 'unknown' THEN seconds ELSE 0 END) AS bigint) AS unknown_s,
  CAST(sum(keys) AS bigint) AS keys,
  CAST(sum(clicks) AS bigint) AS clicks,
  CAST(sum(scrolls) AS bigint) AS scrolls,
  CAST(sum(distance_px) AS bigint) AS distance_px
FROM hours
GROUP BY user_id, local_date`;

/** Columns of the view, for Athena; DuckDB infers them. */
export const DAYS_VIEW_COLUMNS: readonly Column[] = columnsOf(dayRow.shape);
