/** What a tracker says about itself: figures and reasons, nothing captured. */
import type { DropReason } from '@kinetrack/schema';
import type { Capabilities } from './capabilities.ts';
import type { ConnectionStatus } from './connection/index.ts';
import type { TrackerProblem } from './errors.ts';
import type { Recorder } from './recorder.ts';
import type { Spool, SpoolStatus } from './spool/spool.ts';

export type TrackerState = 'new' | 'starting' | 'running' | 'paused' | 'closing' | 'closed';

/** The ledger: captured = delivered + pending + all that was dropped, exactly, at any moment. */
export interface TrackerCounts {
  /** Events taken up since the queue began, also by earlier processes. */
  readonly captured: number;
  /** The destination has confirmed them. */
  readonly delivered: number;
  /** In memory or in the spool. */
  readonly pending: number;
  /** Given up for good, by reason. */
  readonly dropped: Readonly<Partial<Record<DropReason, number>>>;
}

export interface TrackerStatus {
  readonly state: TrackerState;
  /** Where events go: `kinesis:activity`. */
  readonly sink: string;
  /** Null until the first start. */
  readonly deviceId: string | null;
  readonly sessionId: string | null;
  readonly userId: string;
  readonly counts: TrackerCounts;
  /** By source: what is captured here, and why the rest is not. Empty until the first start. */
  readonly capabilities: Capabilities;
  /** Null until the first start. */
  readonly spool: SpoolStatus | null;
  /** What stands between the queue and its destination, if anything. */
  readonly connection: ConnectionStatus;
  /** Events that were refused for good and are kept for a look. */
  readonly deadLetters: number;
  /** UTC; null before the first. */
  readonly lastDeliveryAt: string | null;
  readonly lastError: TrackerProblem | null;
}

export function trackerCounts(
  session: { readonly recorder: Recorder; readonly spool: Spool } | null,
): TrackerCounts {
  if (session === null) return { captured: 0, delivered: 0, pending: 0, dropped: {} };
  const { recorder, spool } = session;
  const { delivered, pendingRecords, dropped } = spool.status();
  return {
    captured: spool.lastSeq + recorder.waiting,
    delivered,
    pending: pendingRecords + recorder.waiting,
    dropped,
  };
}
