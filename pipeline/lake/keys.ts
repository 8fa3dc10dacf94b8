/**
 * Builds and parses all keys and prefixes of the lake. No other file contains one.
 *
 *   raw/activity_type=<t>/dt=<yyyy-MM-dd>/hour=<HH>/<name>            events, by the UTC hour of `ts`
 *   rollup/{minutes,hours}/dt=<yyyy-MM-dd>/hour=<HH>/part-<n>.parquet  n: index of the slice
 *   errors/<error-type>/<yyyy>/<MM>/<dd>/<name>                        undeliverable records, by arrival
 *   screenshots/<user_id>/<yyyy-MM-dd>/<name>
 *   deletions/tombstones/<hash>/<ms>.json, deletions/tombstones/salt-<name>
 *   deletions/receipts/<id>.json, deletions/progress/<id>.json, deletions/sweep.json
 */
import {
  type ActivityType,
  HOURS_PREFIX,
  LAKE_PREFIXES,
  MINUTES_PREFIX,
  RECEIPTS_PREFIX,
  rawPrefix,
  startOfUtcHourMs,
  TOMBSTONES_PREFIX,
  type UtcHour,
} from '@kinetrack/schema';

export type RollupTableName = 'minutes' | 'hours';

/** A parsed key. */
export type LakeKey =
  | { readonly kind: 'raw'; readonly activityType: string; readonly hour: UtcHour; readonly name: string }
  | {
      readonly kind: 'rollup';
      readonly table: RollupTableName;
      readonly hour: UtcHour;
      /** Index of the slice; undefined for other file names. */
      readonly part: number | undefined;
    }
  | { readonly kind: 'error'; readonly date: string }
  | { readonly kind: 'screenshot'; readonly userId: string }
  | { readonly kind: 'tombstone'; readonly hash: string; readonly deletedBeforeMs: number }
  | { readonly kind: 'salt' };

const HOUR = String.raw`dt=(\d{4}-\d\d-\d\d)\/hour=([01]\d|2[0-3])`;
const RAW = new RegExp(`^raw/activity_type=([^/]+)/${HOUR}/([^/]+)$`);
const ROLLUP = new RegExp(`^rollup/(minutes|hours)/${HOUR}/([^/]+)\\.parquet$`);
const PART = /^part-(0|[1-9]\d{0,2})$/;
const ERROR_DATE = /\/(\d{4})\/(\d\d)\/(\d\d)\/[^/]+$/;
/** The ID ends at the last date, so one ID cannot be a prefix of another. An ID can contain slashes. */
const SCREENSHOT = /^(.+)\/\d{4}-\d\d-\d\d\/.+$/s;
const TOMBSTONE = /^([0-9a-f]{64})\/(\d{1,16})\.json$/;
const SALT = 'salt-';
/** `-<yyyy-MM-dd-HH-mm-ss>-<uuid>`, the names of Firehose objects: arrival of the oldest record. */
const ARRIVAL = /-(\d{4}-\d\d-\d\d)-\d\d-\d\d-\d\d-[0-9a-f-]{36}(?:\.[a-z.]+)?$/;

/** Undefined for a key that Kinetrack does not write. */
export function parseKey(key: string): LakeKey | undefined {
  if (key.startsWith(LAKE_PREFIXES.raw)) return parseRaw(key);
  if (key.startsWith(LAKE_PREFIXES.rollup)) return parseRollup(key);
  if (key.startsWith(LAKE_PREFIXES.errors)) {
    const [, year, month, day] = ERROR_DATE.exec(key) ?? [];
    return year === undefined ? undefined : { kind: 'error', date: `${year}-${month}-${day}` };
  }
  if (key.startsWith(LAKE_PREFIXES.screenshots)) {
    const userId = SCREENSHOT.exec(key.slice(LAKE_PREFIXES.screenshots.length))?.[1];
    return userId === undefined ? undefined : { kind: 'screenshot', userId };
  }
  if (!key.startsWith(TOMBSTONES_PREFIX)) return undefined;
  const name = key.slice(TOMBSTONES_PREFIX.length);
  if (name.startsWith(SALT)) return { kind: 'salt' };
  const [, hash, moment] = TOMBSTONE.exec(name) ?? [];
  return hash === undefined ? undefined : { kind: 'tombstone', hash, deletedBeforeMs: Number(moment) };
}

function parseRaw(key: string): LakeKey | undefined {
  const [, activityType, dt, hour, name] = RAW.exec(key) ?? [];
  if (activityType === undefined || dt === undefined || hour === undefined || name === undefined)
    return undefined;
  return { kind: 'raw', activityType, hour: { dt, hour }, name };
}

function parseRollup(key: string): LakeKey | undefined {
  const [, table, dt, hour, name = ''] = ROLLUP.exec(key) ?? [];
  if (table === undefined || dt === undefined || hour === undefined) return undefined;
  const part = PART.exec(name)?.[1];
  return {
    kind: 'rollup',
    table: table === 'minutes' ? 'minutes' : 'hours',
    hour: { dt, hour },
    part: part === undefined ? undefined : Number(part),
  };
}

/** UTC date of arrival of the oldest record of a Firehose object; undefined for other names. */
export const arrivalDateOf = (key: string): string | undefined => ARRIVAL.exec(key)?.[1];

const partition = ({ dt, hour }: UtcHour): string => `dt=${dt}/hour=${hour}/`;

/** Prefix of the raw events of one type and hour. */
export const rawHourPrefix = (type: ActivityType, hour: UtcHour): string =>
  `${rawPrefix(type)}${partition(hour)}`;

/** Prefix of the raw samples of an hour, the input of its rollup. */
export const rawSamplesPrefix = (hour: UtcHour): string => rawHourPrefix('sample', hour);

const ROLLUP_PREFIXES: Readonly<Record<RollupTableName, string>> = {
  minutes: MINUTES_PREFIX,
  hours: HOURS_PREFIX,
};

/** Prefix of the rollup files of an hour. */
export const hourPrefix = (table: RollupTableName, hour: UtcHour): string =>
  `${ROLLUP_PREFIXES[table]}${partition(hour)}`;

/** Key of the rollup file of one slice. */
export const partKey = (table: RollupTableName, hour: UtcHour, index = 0): string =>
  `${hourPrefix(table, hour)}part-${index}.parquet`;

export const minutesKey = (hour: UtcHour, index = 0): string => partKey('minutes', hour, index);
export const hoursKey = (hour: UtcHour, index = 0): string => partKey('hours', hour, index);

/** Index of the slice whose rollup file this is; undefined for other keys. */
export function partIndexOf(key: string): number | undefined {
  const parsed = parseKey(key);
  return parsed?.kind === 'rollup' ? parsed.part : undefined;
}

/** The rollup table of a key, for any file name. */
export function tableOf(key: string): RollupTableName | undefined {
  if (key.startsWith(MINUTES_PREFIX)) return 'minutes';
  return key.startsWith(HOURS_PREFIX) ? 'hours' : undefined;
}

/** The UTC hours of the raw samples under these keys, ascending and without duplicates. */
export function touchedHours(keys: Iterable<string>): readonly UtcHour[] {
  const hours = new Map<string, UtcHour>();
  for (const key of keys) {
    const parsed = parseKey(key);
    if (parsed?.kind !== 'raw' || parsed.activityType !== 'sample' || !parsed.name.endsWith('.json.gz'))
      continue;
    const { dt, hour } = parsed.hour;
    hours.set(`${dt} ${hour}`, { dt, hour });
  }
  return [...hours.values()].sort((a, b) => startOfUtcHourMs(a) - startOfUtcHourMs(b));
}

/**
 * Prefix of the screenshots of a person. IDs can contain slashes, so the prefix can match keys of
 * another person: check each key with `parseKey`.
 */
export const screenshotsPrefix = (userId: string): string => `${LAKE_PREFIXES.screenshots}${userId}/`;

export const SALTS_PREFIX = `${TOMBSTONES_PREFIX}${SALT}`;
export const saltKey = (name: string): string => `${SALTS_PREFIX}${name}`;
export const tombstoneKey = (hash: string, deletedBeforeMs: number): string =>
  `${TOMBSTONES_PREFIX}${hash}/${deletedBeforeMs}.json`;

const PROGRESS_PREFIX = `${LAKE_PREFIXES.deletions}progress/`;
export const receiptKey = (id: string): string => `${RECEIPTS_PREFIX}${id}.json`;
export const progressKey = (id: string): string => `${PROGRESS_PREFIX}${id}.json`;
export const SWEEP_KEY = `${LAKE_PREFIXES.deletions}sweep.json`;
