/** What a tracker says about itself: figures and reasons, nothing captured. */
import type { Capabilities } from './capabilities.ts';
import type { Drain } from './drain.ts';
import type { Recorder } from './recorder.ts';
import type { Spool, SpoolStatus } from './spool/spool.ts';

export type TrackerState = 'new' | 'starting' | 'running' | 'paused' | 'closing' | 'closed';

export interface TrackerCounts {
  /** Events taken up: those found waiting in the spool at the start, and those recorded since. */
  readonly captured: number;
  readonly delivered: number;
  /** In memory or in the spool. At rest, captured = delivered + pending + all that was dropped. */
  readonly pending: number;
  /** Given up since the start, by reason. */
  readonly dropped: Readonly<Record<string, number>>;
}

export interface TrackerProblem {
  /** UTC. */
  readonly at: string;
  readonly message: string;
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
  /** UTC; null before the first. */
  readonly lastDeliveryAt: string | null;
  readonly lastError: TrackerProblem | null;
}

interface Counted {
  readonly recorder: Recorder;
  readonly drain: Drain;
  readonly spool: Spool;
  readonly foundWaiting: number;
  readonly droppedBefore: Readonly<Record<string, number>>;
}

export function trackerCounts(session: Counted | null): TrackerCounts {
  if (session === null) return { captured: 0, delivered: 0, pending: 0, dropped: {} };
  const { recorded, waiting, dropped: refusedBySpool } = session.recorder.counts();
  const { delivered, rejected } = session.drain.counts();
  const spool = session.spool.status();
  const dropped: Record<string, number> = { ...rejected };
  if (refusedBySpool > 0) dropped.spool_unavailable = refusedBySpool;
  for (const [reason, count] of Object.entries(spool.dropped)) {
    const since = count - (session.droppedBefore[reason] ?? 0);
    if (since > 0) dropped[reason] = (dropped[reason] ?? 0) + since;
  }
  return {
    captured: session.foundWaiting + recorded,
    delivered,
    pending: waiting + spool.pendingRecords,
    dropped,
  };
}
