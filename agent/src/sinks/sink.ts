/** The port of a destination. Its adapters are in this folder. */
import type { ConnectionFault } from '@kinetrack/schema';
import type { SpoolRecord } from '../spool/spool.ts';

/** Outcome of one record. */
export type RecordOutcome =
  | { readonly status: 'delivered' }
  /** Failed for now. `reason`: one sentence with the remedy; `fault`: the cause, if known. */
  | { readonly status: 'retryable'; readonly reason: string; readonly fault?: ConnectionFault }
  /** Permanently rejected. `reason`: one sentence without captured content. */
  | { readonly status: 'rejected'; readonly reason: string; readonly code: RejectionCode };

export type RejectionCode = 'too_large' | 'refused';

/** Maximum rate of the destination per device; a backlog is sent below it. */
export interface SinkRate {
  readonly bytesPerSecond: number;
  /** Records of the destination, each with many events. */
  readonly recordsPerSecond: number;
}

/** Default cadence of a shared destination: every minute is sent before the next one closes. */
export const SHARED_CADENCE_MS = 30_000;

export interface Sink {
  /** Name in the status and in logs: `kinesis:activity`, `local`. */
  readonly name: string;
  /** @defaultValue no limit: a backlog is sent as fast as the destination accepts it */
  readonly rate?: SinkRate;
  /**
   * For a shared destination: each device sends once per period, at its own random offset. May change.
   * @defaultValue the destination is not shared, and a closed minute is sent at once
   */
  readonly cadenceMs?: number | undefined;
  /**
   * Delivers the records; resolves with one outcome per record, in order. Expected failures are
   * outcomes; a rejection is a defect of the adapter and counts as retryable.
   */
  send(records: readonly SpoolRecord[]): Promise<readonly RecordOutcome[]>;
  /** Flushes the buffers of the destination, so that a waiting send() resolves soon. */
  flush?(): Promise<void>;
  /** Releases connections. Can be called twice. */
  close(): Promise<void>;
}

/** An invalid option of a sink. */
export class SinkError extends Error {
  readonly code = 'invalid_option';
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'SinkError';
  }
}

/** Checks a numeric option of a sink. Throws SinkError. */
export function wholeNumber(name: string, value: number, most: number = Number.MAX_SAFE_INTEGER): number {
  if (Number.isSafeInteger(value) && value >= 1 && value <= most) return value;
  const range = most === Number.MAX_SAFE_INTEGER ? 'of 1 or more' : `from 1 to ${most}`;
  throw new SinkError(`${name} is ${value}: must be a whole number ${range}; correct it`);
}
