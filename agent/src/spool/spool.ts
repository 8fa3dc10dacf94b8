/**
 * The port of the durable queue between capture and sink.
 *
 * Invariants that every implementation keeps:
 *  1. A record is accepted once append() has resolved, and not before; it then survives kill -9.
 *  2. An accepted record is readable until it is acknowledged by id, or dropped and counted by reason.
 *  3. lastSeq never decreases, also across restarts: no id is ever given twice.
 *  4. captured = acknowledged + pending + dropped, exactly.
 */

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

export interface SpoolStatus {
  readonly pendingRecords: number;
  readonly pendingBytes: number;
  /** What was given up, by reason; empty where nothing was. */
  readonly dropped: Readonly<Record<string, number>>;
}

export interface Spool {
  /** The highest id that was ever accepted here; 0 for a new spool. */
  readonly lastSeq: number;
  /** Accepts records with ascending ids above lastSeq. Resolves once they are durable; rejects with SpoolError. */
  append(records: readonly SpoolRecord[]): Promise<void>;
  /** The oldest accepted records that are not acknowledged, in order; at least one where there is any. */
  read(options: ReadOptions): Promise<readonly SpoolRecord[]>;
  /** Forgets these records. Ids that are not there are ignored: an acknowledgement may come twice. */
  ack(ids: readonly number[]): Promise<void>;
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
