/**
 * The port of the durable queue between capture and sink.
 *
 * Invariants that every implementation keeps:
 *  1. A record is accepted once append() has resolved, and not before; it then survives kill -9.
 *  2. An accepted record is readable until it is acknowledged by id, or dropped and counted by reason.
 *  3. lastSeq never decreases, also across restarts: no id is ever given twice.
 *  4. lastSeq = delivered + pending + dropped by reason, exactly: every seq that was given out is one of the three.
 *  5. losses() returns what was dropped until lossesReported() is called, also across restarts.
 */
import type { DropReason } from '@kinetrack/schema';
import type { Loss } from './id-ranges.ts';

export type { Loss } from './id-ranges.ts';

export interface SpoolRecord {
  /** The event's seq; ascending. */
  readonly id: number;
  /** The event as one line of JSON without its newline. */
  readonly line: string;
}

export interface ReadOptions {
  /** Only records above this id: lets several batches be in flight. @defaultValue from the oldest */
  readonly afterId?: number;
  readonly maxRecords: number;
  readonly maxBytes: number;
}

/** The ledger: lastSeq = delivered + pendingRecords + the sum of dropped, exactly, at any moment. */
export interface SpoolStatus {
  readonly pendingRecords: number;
  /** Bytes of their lines. */
  readonly pendingBytes: number;
  /** Acknowledged since the spool began. */
  readonly delivered: number;
  /** Given up since the spool began, by reason; empty where nothing was. */
  readonly dropped: Readonly<Partial<Record<DropReason, number>>>;
  /** Null for a spool without a disk. */
  readonly storage: SpoolStorage | null;
}

export interface SpoolStorage {
  /** All files of the spool. */
  readonly bytes: number;
  readonly maxBytes: number;
  /** Where the key of the spool is kept, for people: `the login keychain`, `the file /path/keys.json`. */
  readonly key: string;
  /** Why records cannot be read at the moment, and the remedy; null where all can. */
  readonly keyProblem: string | null;
}

export interface Spool {
  /** The highest id that was ever given out here; 0 for a new spool. */
  readonly lastSeq: number;
  /**
   * Accepts records with ascending ids above lastSeq, contiguous from lastSeq + 1. Resolves once they are durable;
   * rejects with SpoolError. Makes room by dropping the oldest, each counted with its reason.
   */
  append(records: readonly SpoolRecord[]): Promise<void>;
  /** Gives the next `count` ids to events that were captured but could not be kept: durable as a loss. */
  skip(count: number, reason: DropReason): Promise<void>;
  /** The oldest pending records, in order; at least one where there is any that can be read. */
  read(options: ReadOptions): Promise<readonly SpoolRecord[]>;
  /** Delivered: forgets these records. Ids that are not pending are ignored: an acknowledgement may come twice. */
  ack(ids: readonly number[]): Promise<void>;
  /** Given up: forgets these records and counts those that were pending under the reason. */
  drop(reason: DropReason, ids: readonly number[]): Promise<void>;
  /** Losses, also of earlier processes, that lossesReported() has not been called for. */
  losses(): readonly Loss[];
  /** The lake has these: losses() does not return them again, also after a restart. */
  lossesReported(losses: readonly Loss[]): Promise<void>;
  status(): SpoolStatus;
  /** Makes everything durable and releases the files. May be called twice. */
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

/** The last id of the records; throws SpoolError `out_of_order` unless they go on from `last` without a gap. */
export function lastIdAfter(last: number, records: readonly SpoolRecord[]): number {
  for (const { id } of records) {
    if (id !== last + 1) {
      throw new SpoolError(
        'out_of_order',
        `cannot append record ${id}: ids are contiguous, and the last one given out is ${last}; continue with ${last + 1}`,
      );
    }
    last = id;
  }
  return last;
}
