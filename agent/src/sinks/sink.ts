/** The port of a destination. Adapters stand beside it; retrying and batching are decorators. */
import type { SpoolRecord } from '../spool/spool.ts';

/** What became of one record. */
export type RecordOutcome =
  | { readonly status: 'delivered' }
  /** May work later: throttled, offline, timed out. */
  | { readonly status: 'retryable'; readonly reason: string }
  /** Will never work: too large, refused for good. */
  | { readonly status: 'rejected'; readonly reason: string };

export interface Sink {
  /** For people, in status and logs: `kinesis:activity`, `local`. */
  readonly name: string;
  /**
   * Delivers the records; resolves with one outcome for each, in their order.
   * Expected failures are outcomes; a rejection is a defect of the adapter and counts as retryable.
   */
  send(records: readonly SpoolRecord[]): Promise<readonly RecordOutcome[]>;
  /** Pushes out what the destination holds back, so that a waiting send() resolves soon. */
  flush?(): Promise<void>;
  /** Releases connections. May be called twice. */
  close(): Promise<void>;
}

/** An option that no destination of this kind can work with. */
export class SinkError extends Error {
  readonly code = 'invalid_option';
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'SinkError';
  }
}
