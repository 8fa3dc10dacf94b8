/** The status of a tracker as the API returns it. */
import type { SpoolStatus, TrackerState, TrackerStatus } from '@kinetrack/agent';
import type { StatusReport } from '@kinetrack/schema';

const RECORDING: Readonly<Record<TrackerState, StatusReport['recording']>> = {
  new: 'off',
  starting: 'recording',
  running: 'recording',
  paused: 'paused',
  closing: 'off',
  closed: 'off',
};

export interface StatusContext {
  /** A sentence for the page, or null. */
  readonly note: string | null;
  /** Error of work after send(), or null. */
  readonly problem: string | null;
}

export function statusReportOf(status: TrackerStatus, { note, problem }: StatusContext): StatusReport {
  const { captured, delivered, pending, dropped } = status.counts;
  return {
    recording: RECORDING[status.state],
    note,
    captures: Object.entries(status.capabilities).map(([name, capability]) => ({
      name,
      status: capability.status,
      reason: capability.status === 'unavailable' ? capability.reason : null,
    })),
    delivery: {
      destination: status.sink,
      captured,
      delivered,
      pending,
      dropped: { ...dropped },
      connection: { ...status.connection },
      queue: queueOf(status.spool),
      dead_letters: status.deadLetters,
      last_error: problem ?? problemOf(status),
    },
  };
}

function queueOf(spool: SpoolStatus | null) {
  if (spool === null || spool.storage === null) return null;
  const { bytes, maxBytes, key, keyProblem } = spool.storage;
  return { bytes, max_bytes: maxBytes, key, note: keyProblem };
}

/** A later delivery ends a problem. */
function problemOf({ lastError, lastDeliveryAt }: TrackerStatus): string | null {
  if (lastError === null || (lastDeliveryAt !== null && lastDeliveryAt > lastError.at)) return null;
  return lastError.message;
}
