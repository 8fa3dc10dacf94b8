/**
 * The port of the durable queue between capture and sink.
 *
 * Invariants of every implementation:
 *  1. A record is accepted only once append() has resolved; it then survives kill -9.
 *  2. An accepted record is readable until it is acknowledged by id, or dropped and counted by reason.
 *  3. lastSeq never decreases, also across restarts: no id is used twice.
 *  4. lastSeq = delivered + pending + dropped by reason, exactly: every used seq is one of the three.
 *  5. losses() returns dropped records until lossesReported() is called, also across restarts.
 */
import type { DropReason } from '@kinetrack/schema';
import type { Loss } from './id-ranges.ts';

export type { Loss } from './id-ranges.ts';

export interface SpoolRecord {
  /** The event's seq; ascending. */
  readonly id: number;
  /** The event as one line of JSON, without its newline. */
  readonly line: string;
}

export interface ReadOptions {
  /** Only records above this id, so that several batches can be in flight. @defaultValue from the oldest */
  readonly afterId?: number;
  readonly maxRecords: number;
  readonly maxBytes: number;
}

/** The ledger: lastSeq = delivered + pendingRecords + the sum of dropped, exact at any time. */
export interface SpoolStatus {
  readonly pendingRecords: number;
  /** Bytes of the pending lines. */
  readonly pendingBytes: number;
  /** Acknowledged since the spool was created. */
  readonly delivered: number;
  /** Dropped since the spool was created, by reason; empty if none. */
  readonly dropped: Readonly<Partial<Record<DropReason, number>>>;
  /** Null for a spool in memory. */
  readonly storage: SpoolStorage | null;
}

export interface SpoolStorage {
  /** Bytes of all files. */
  readonly bytes: number;
  readonly maxBytes: number;
  /** Location of the key, for messages: `the login keychain`, `the file /path/keys.json`. */
  readonly key: string;
  /** Why records cannot be read now, with the remedy; null if all can. */
  readonly keyProblem: string | null;
}

export interface Spool {
  /** The highest used id; 0 for a new spool. */
  readonly lastSeq: number;
  /**
   * Accepts records with contiguous ids from lastSeq + 1. Resolves once they are durable; rejects
   * with SpoolError. If there is no space, drops the oldest records and counts each with its
   * reason.
   */
  append(records: readonly SpoolRecord[]): Promise<void>;
  /** Uses the next `count` ids for events that were captured but could not be stored. Durable as a loss. */
  skip(count: number, reason: DropReason): Promise<void>;
  /** The oldest pending records, in order; at least one if any is readable. */
  read(options: ReadOptions): Promise<readonly SpoolRecord[]>;
  /** Removes delivered records. Ignores ids that are not pending: an acknowledgement may be repeated. */
  ack(ids: readonly number[]): Promise<void>;
  /** Removes records and counts those that were pending with the reason. */
  drop(reason: DropReason, ids: readonly number[]): Promise<void>;
  /** Losses not yet marked with lossesReported(), those of earlier processes included. */
  losses(): readonly Loss[];
  /** Marks losses as stored in the lake: losses() no longer returns them, also after a restart. */
  lossesReported(losses: readonly Loss[]): Promise<void>;
  status(): SpoolStatus;
  /** Makes everything durable and releases the files. Can be called twice. */
  close(): Promise<void>;
}

export class SpoolError extends Error {
  constructor(
    readonly code: 'closed' | 'locked' | 'io' | 'out_of_order' | 'too_large',
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'SpoolError';
  }
}

/**
 * The last id of the records; throws SpoolError `out_of_order` unless they continue from `last` without a
 * gap.
 */
export function lastIdAfter(last: number, records: readonly SpoolRecord[]): number {
  for (const { id } of records) {
    if (id !== last + 1) {
      throw new SpoolError(
        'out_of_order',
        `cannot append record ${id}: ids are contiguous, and the last one is ${last}; continue with ${last + 1}`,
      );
    }
    last = id;
  }
  return last;
}
