/** The port of a destination. Adapters stand beside it; retrying and batching are decorators. */
import type { ConnectionFault } from '@kinetrack/schema';
import type { SpoolRecord } from '../spool/spool.ts';

/** What became of one record. */
export type RecordOutcome =
  | { readonly status: 'delivered' }
  /** May work later. `reason`: one sentence with the remedy; `fault`: what it is about, where that is known. */
  | { readonly status: 'retryable'; readonly reason: string; readonly fault?: ConnectionFault }
  /** Will never work. `reason`: one sentence without anything captured. */
  | { readonly status: 'rejected'; readonly reason: string; readonly code: RejectionCode };

export type RejectionCode = 'too_large' | 'refused';

/** What the destination takes from one device at most; a backlog is sent below it. */
export interface SinkRate {
  readonly bytesPerSecond: number;
  /** Records of the destination, each with many events. */
  readonly recordsPerSecond: number;
}

/** Of what many devices share, where it names none itself: every minute has left before the next one closes. */
export const SHARED_CADENCE_MS = 30_000;

export interface Sink {
  /** For people, in status and logs: `kinesis:activity`, `local`. */
  readonly name: string;
  /** @defaultValue no limit: a backlog is sent as fast as it is taken */
  readonly rate?: SinkRate;
  /**
   * For a shared destination: each device sends once in so many ms, at its own random offset. May change.
   * @defaultValue the destination is not shared, and a closed minute is sent at once
   */
  readonly cadenceMs?: number | undefined;
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
