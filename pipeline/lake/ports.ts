/** What the pipeline needs from the world. AWS adapters stand in lambdas/, local ones in local/. */
import type { DeletionReceipt, HourRow, MinuteRow, UtcHour } from '@kinetrack/schema';

/** Objects under string keys with `/` as separator: an S3 bucket or a folder. */
export interface ObjectStore {
  /** Stores the whole object; a reader sees the old one or the new one, never a part. */
  put(key: string, body: Uint8Array): Promise<void>;
  /** The bytes as they come; rejects with ObjectNotFound. */
  read(key: string): AsyncIterable<Uint8Array>;
  /** Keys below a prefix, in ascending order. */
  list(prefix: string): AsyncIterable<ObjectInfo>;
  /** Removes the object; one that is not there is no error. */
  delete(key: string): Promise<void>;
}

export interface ObjectInfo {
  readonly key: string;
  readonly bytes: number;
  /** When it was written, ms since 1970; undefined where the store does not say. */
  readonly modifiedMs?: number;
}

export class ObjectNotFound extends Error {
  readonly code = 'object_not_found';
  constructor(readonly key: string) {
    super(`no object is stored under ${key}`);
    this.name = 'ObjectNotFound';
  }
}

/** One and the same version of an object, read in pieces. */
export interface RangedObject {
  readonly bytes: number;
  /**
   * The bytes from a position to before another, both within the object; rejects with ObjectChanged where it was
   * replaced or deleted since it was opened.
   */
  read(from: number, to: number): Promise<Uint8Array>;
}

/** A store whose objects need not be read as a whole. */
export interface RangedStore {
  /** Opens an object, at best with its last `tailBytes` in the same request; rejects with ObjectNotFound. */
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

/** The read side of the rollups, by person: what dashboards ask. Dates are the person's own. */
export interface SummaryStore {
  /** People with any row, ascending. */
  users(): Promise<readonly string[]>;
  /** First and last date with rows of this person, or undefined without any. */
  span(userId: string): Promise<{ readonly first: string; readonly last: string } | undefined>;
  /** Rows of an inclusive range of dates, ordered by date, hour, app, site and state. */
  hours(userId: string, fromDate: string, toDate: string): Promise<readonly HourRow[]>;
  /** Rows of one date, ordered by minute. */
  minutes(userId: string, date: string): Promise<readonly MinuteRow[]>;
  /** The last of them, without reading the others. */
  lastMinute(userId: string, date: string): Promise<MinuteRow | undefined>;
  /** Rows of one UTC minute (`2026-11-20T09:10:00.000Z`), whatever their dates: in the same order. */
  minute(userId: string, minute: string): Promise<readonly MinuteRow[]>;
}

/** SQL over the lake's tables by the names that they have in Athena. */
export interface QueryEngine {
  query(sql: string): Promise<QueryResult>;
}

export type Cell = string | number | boolean | null | readonly Cell[] | { readonly [name: string]: Cell };

export interface QueryResult {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

/** A store that keeps earlier versions of its objects, such as a versioned bucket, and can give them up. */
export interface VersionedStore extends ObjectStore {
  /** Deletes every version below the prefix but the current ones, delete markers included; resolves to their number. */
  deleteHistory(prefix: string): Promise<number>;
}

/** The hour rows of one person within one UTC hour. */
export interface PersonHour {
  readonly userId: string;
  readonly rows: readonly HourRow[];
}

/** The write side of a summary store that is filled by the rollup; DuckDB reads the lake itself and needs none. */
export interface SummaryWriter {
  /**
   * What these people have in that UTC hour, in place of what was there. Rejects where any of it was not stored;
   * doing it again gives the same.
   */
  putHour(hour: UtcHour, people: readonly PersonHour[]): Promise<void>;
  /** Everything of a person; resolves to the number of items removed. */
  deletePerson(userId: string): Promise<number>;
}

/** Who a device token stands for. */
export interface Device {
  readonly userId: string;
  /** The installation that last sent under this token; undefined before its first request. */
  readonly deviceId: string | undefined;
  readonly state: 'active' | 'revoked' | 'expired';
}

/** Devices that may send, by their token. */
export interface DeviceRegistry {
  /** Undefined for a token that was never given out. */
  find(token: string): Promise<Device | undefined>;
  /**
   * Makes an installation the token's own, for good: `taken` where it is another device's, `too_many` where the token
   * has had more installations than a computer wears out. Doing it again is `bound` again.
   */
  bind(token: string, deviceId: string): Promise<'bound' | 'taken' | 'too_many'>;
}

/** A packed record on its way into the pipeline: JSON lines of one device. */
export interface IngestRecord {
  readonly partitionKey: string;
  readonly data: Uint8Array;
}

/** Where records enter the pipeline: a stream or a Firehose. */
export interface IngestSink {
  /**
   * Outcome by outcome in the order of the records: stored durably, or worth another try. Rejects where nothing
   * is known of any of them.
   */
  put(records: readonly IngestRecord[]): Promise<readonly ('stored' | 'retryable')[]>;
}

/** Deletion of one person's data everywhere: asked for now, done later. */
export interface Deletions {
  /** Resolves once the request is kept durably. `requestedBy`: the user id of whoever asks. */
  request(userId: string, requestedBy: string): Promise<{ readonly id: string }>;
  /** Its receipt; undefined before its end, and for an id that was never given out. */
  find(id: string): Promise<DeletionReceipt | undefined>;
}
