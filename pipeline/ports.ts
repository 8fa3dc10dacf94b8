/** What the pipeline needs from the world. AWS adapters stand in lambdas/, local ones in local/. */
import type { HourRow, MinuteRow } from '@kinetrack/schema';

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
}

export class ObjectNotFound extends Error {
  readonly code = 'object_not_found';
  constructor(readonly key: string) {
    super(`no object is stored under ${key}`);
    this.name = 'ObjectNotFound';
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
