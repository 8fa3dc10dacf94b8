/** The status of a tracker: figures and reasons, no captured content. */
import type { DropReason } from '@kinetrack/schema';
import type { Capabilities } from './capabilities.ts';
import type { ConnectionStatus } from './connection/index.ts';
import type { TrackerProblem } from './errors.ts';
import type { Recorder } from './recorder.ts';
import type { Spool, SpoolStatus } from './spool/spool.ts';

export type TrackerState = 'new' | 'starting' | 'running' | 'paused' | 'closing' | 'closed';

/** The ledger: captured = delivered + pending + dropped, exact at any time. */
export interface TrackerCounts {
  /** Events recorded since the queue was created, by earlier processes too. */
  readonly captured: number;
  /** Acknowledged by the destination. */
  readonly delivered: number;
  /** In memory or in the spool. */
  readonly pending: number;
  /** Lost, by reason. */
  readonly dropped: Readonly<Partial<Record<DropReason, number>>>;
}

export interface TrackerStatus {
  readonly state: TrackerState;
  /** The destination: `kinesis:activity`. */
  readonly sink: string;
  /** Null until the first start. */
  readonly deviceId: string | null;
  readonly sessionId: string | null;
  readonly userId: string;
  readonly counts: TrackerCounts;
  /** Capabilities by source, with the reason if unavailable. Empty until the first start. */
  readonly capabilities: Capabilities;
  /** Null until the first start. */
  readonly spool: SpoolStatus | null;
  /** Connection to the destination, with the fault if there is one. */
  readonly connection: ConnectionStatus;
  /** Permanently rejected events stored for inspection. */
  readonly deadLetters: number;
  /** UTC; null before the first delivery. */
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
