/** Measurements of one hour of a person; `person-hour.json` has date and method. */
import type { Detail } from '@kinetrack/schema';
import measured from './person-hour.json' with { type: 'json' };

/** Traffic of one person and hour between agent and lake. */
export interface Traffic {
  readonly events: number;
  readonly records: number;
  readonly bytes: number;
  /** Records, each rounded up to 5 KB. */
  readonly firehoseBilledBytes: number;
  readonly rawGzipBytes: number;
}

export const BUSYNESS = ['median', 'busiest'] as const;
export type Busyness = (typeof BUSYNESS)[number];

/** Path of the events: `POST /track`, or direct writes to the stream or Firehose. */
export const WAYS = ['track', 'aws'] as const;
export type Way = (typeof WAYS)[number];

export const MEASURED: Omit<typeof measured, 'hours'> & {
  readonly hours: Record<Busyness, Record<Way, Record<Detail, Traffic>>>;
} = measured;

/** The naive design: one PutRecord per captured event with its whole envelope, without packing. */
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
