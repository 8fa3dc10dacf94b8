/** What a tracker says about itself, in the form that the API answers. */
import type { TrackerState, TrackerStatus } from '@kinetrack/agent';
import type { StatusReport } from '@kinetrack/schema';

const RECORDING: Readonly<Record<TrackerState, StatusReport['recording']>> = {
  new: 'off',
  starting: 'recording',
  running: 'recording',
  paused: 'paused',
  closing: 'off',
  closed: 'off',
};

export function statusReportOf(status: TrackerStatus): StatusReport {
  const { captured, delivered, pending, dropped } = status.counts;
  return {
    recording: RECORDING[status.state],
    note: null,
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
      connection: { state: 'unknown', fault: null, message: null, since: null },
      queue: null,
      dead_letters: 0,
      last_error: problemOf(status),
    },
  };
}

/** A problem is over once something was delivered after it. */
function problemOf({ lastError, lastDeliveryAt }: TrackerStatus): string | null {
  if (lastError === null || (lastDeliveryAt !== null && lastDeliveryAt > lastError.at)) return null;
  return lastError.message;
}
