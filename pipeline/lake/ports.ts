/** Ports of the pipeline. Adapters are in aws/ and local/. */
import type { DeletionReceipt, HourRow, MinuteRow, UtcHour } from '@kinetrack/schema';

/** Objects under string keys with `/` as separator: an S3 bucket or a folder. */
export interface ObjectStore {
  /** Stores an object atomically: a reader sees the old or the new object, never a part. */
  put(key: string, body: Uint8Array): Promise<void>;
  /** Streams the bytes. Rejects with ObjectNotFound. */
  read(key: string): AsyncIterable<Uint8Array>;
  /** Keys below a prefix, in ascending order. */
  list(prefix: string): AsyncIterable<ObjectInfo>;
  /** Deletes the object. Succeeds if it does not exist. */
  delete(key: string): Promise<void>;
}

export interface ObjectInfo {
  readonly key: string;
  readonly bytes: number;
  /** Time of the write, ms since 1970; undefined if the store has none. */
  readonly modifiedMs?: number;
}

export class ObjectNotFound extends Error {
  readonly code = 'object_not_found';
  constructor(readonly key: string) {
    super(`no object is stored under ${key}`);
    this.name = 'ObjectNotFound';
  }
}

/** One version of an object, read in ranges. */
export interface RangedObject {
  readonly bytes: number;
  /**
   * The half-open range `from..to`. Rejects with ObjectChanged if the object was replaced or deleted
   * after it was opened.
   */
  read(from: number, to: number): Promise<Uint8Array>;
}

/** A store that can read ranges of objects. */
export interface RangedStore {
  /** Opens an object and prefetches its last `tailBytes`. Rejects with ObjectNotFound. */
  openRanged(key: string, tailBytes: number): Promise<RangedObject>;
  list(prefix: string): AsyncIterable<ObjectInfo>;
}

export class ObjectChanged extends Error {
  readonly code = 'object_changed';
  constructor(readonly key: string) {
    super(`the object ${key} was replaced during the read; read it again from the start`);
    this.name = 'ObjectChanged';
  }
}

/** Rollup rows by person, as dashboards read them. Dates are local to the person. */
export interface SummaryStore {
  /** People with any row, ascending. */
  users(): Promise<readonly string[]>;
  /** First and last date with rows of this person, or undefined without any. */
  span(userId: string): Promise<{ readonly first: string; readonly last: string } | undefined>;
  /** Rows of an inclusive range of dates, ordered by date, hour, app, site and state. */
  hours(userId: string, fromDate: string, toDate: string): Promise<readonly HourRow[]>;
  /** Rows of one date, ordered by minute. */
  minutes(userId: string, date: string): Promise<readonly MinuteRow[]>;
  /** The last row of a date. */
  lastMinute(userId: string, date: string): Promise<MinuteRow | undefined>;
  /** Rows of one UTC minute (`2026-11-20T09:10:00.000Z`) of all dates, in the same order. */
  minute(userId: string, minute: string): Promise<readonly MinuteRow[]>;
}

/** Runs SQL on a lake. Tables have the same names as in Athena. */
export interface QueryEngine {
  query(sql: string): Promise<QueryResult>;
}

export type Cell = string | number | boolean | null | readonly Cell[] | { readonly [name: string]: Cell };

export interface QueryResult {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

/** A store with versions, such as a versioned bucket. */
export interface VersionedStore extends ObjectStore {
  /** Deletes all noncurrent versions and delete markers below the prefix. Resolves to their number. */
  deleteHistory(prefix: string): Promise<number>;
}

/** The hour rows of one person within one UTC hour. */
export interface PersonHour {
  readonly userId: string;
  readonly rows: readonly HourRow[];
}

/** Writes summaries from the rollup. DuckDB reads the lake and needs none. */
export interface SummaryWriter {
  /**
   * Replaces the rows of these people in that UTC hour. Rejects if any of them was not stored.
   * Idempotent.
   */
  putHour(hour: UtcHour, people: readonly PersonHour[]): Promise<void>;
  /** Deletes all items of a person. Resolves to their number. */
  deletePerson(userId: string): Promise<number>;
}

/** The device of a token. */
export interface Device {
  readonly userId: string;
  /** The installation that last sent with this token; undefined before the first request. */
  readonly deviceId: string | undefined;
  readonly state: 'active' | 'revoked' | 'expired';
}

/** Devices by token. */
export interface DeviceRegistry {
  /** Undefined for an unknown token. */
  find(token: string): Promise<Device | undefined>;
  /**
   * Permanently assigns an installation to the token: `taken` if it belongs to another token,
   * `too_many` above the limit of installations per token. Idempotent.
   */
  bind(token: string, deviceId: string): Promise<'bound' | 'taken' | 'too_many'>;
}

/** A record to put into the pipeline: JSON lines of one device. */
export interface IngestRecord {
  readonly partitionKey: string;
  readonly data: Uint8Array;
}

/** The entry of the pipeline: a stream or a Firehose. */
export interface IngestSink {
  /**
   * One outcome per record, in order: durably stored, or retryable. Rejects if nothing is known about
   * any record.
   */
  put(records: readonly IngestRecord[]): Promise<readonly ('stored' | 'retryable')[]>;
}

/** Asynchronous deletion of the data of a person. */
export interface Deletions {
  /** Resolves once the request is durably stored. `requestedBy`: user ID of the requester. */
  request(userId: string, requestedBy: string): Promise<{ readonly id: string }>;
  /** The receipt; undefined before the end of the deletion and for an unknown ID. */
  find(id: string): Promise<DeletionReceipt | undefined>;
}
