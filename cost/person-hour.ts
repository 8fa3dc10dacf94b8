/** What was measured of one person's hour; `person-hour.json` says when and how. */
import type { Detail } from '@kinetrack/schema';
import measured from './person-hour.json' with { type: 'json' };

/** Of one person and hour, between the agent and the lake. */
export interface Traffic {
  readonly events: number;
  readonly records: number;
  readonly bytes: number;
  /** Records rounded up to 5 KB each. */
  readonly firehoseBilledBytes: number;
  readonly rawGzipBytes: number;
}

export const BUSYNESS = ['median', 'busiest'] as const;
export type Busyness = (typeof BUSYNESS)[number];

/** How events get in: through `POST /track`, or written to the stream or Firehose by whoever records them. */
export const WAYS = ['track', 'aws'] as const;
export type Way = (typeof WAYS)[number];

export const MEASURED: Omit<typeof measured, 'hours'> & {
  readonly hours: Record<Busyness, Record<Way, Record<Detail, Traffic>>>;
} = measured;

/**
 * The design that comes to mind first: every event that is captured is a PutRecord of its own, with its whole
 * envelope, and nothing is packed.
 */
export function naiveTraffic(hour: Busyness): Traffic {
  const { events, bytes, rawGzipBytes } = MEASURED.hours[hour].aws.events;
  const bytesAnEvent = bytes / events;
  return {
    events,
    records: events,
    bytes,
    firehoseBilledBytes: events * Math.ceil(bytesAnEvent / BILLING_STEP_BYTES) * BILLING_STEP_BYTES,
    rawGzipBytes,
  };
}

const BILLING_STEP_BYTES = 5 * 1024;
