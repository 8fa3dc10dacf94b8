/** Packs the events of one flush as JSON lines, in their order, into Kinesis or Firehose records. */
import { BILLING_STEP_BYTES, MAX_EVENT_BYTES, MAX_RECORD_BYTES, MAX_RECORD_EVENTS } from '@kinetrack/schema';
import type { ReadOptions, SpoolRecord } from './spool/spool.ts';

export { BILLING_STEP_BYTES, MAX_EVENT_BYTES, MAX_RECORD_BYTES, MAX_RECORD_EVENTS };

/** Read limits for one record of one billing step, newlines included. */
export const STEADY_READ: ReadOptions = {
  maxRecords: MAX_RECORD_EVENTS,
  maxBytes: BILLING_STEP_BYTES - MAX_RECORD_EVENTS,
};

export interface PackedRecord {
  /** JSON lines, each with its newline. */
  readonly data: Uint8Array;
  /** Indexes of the packed events. */
  readonly indexes: readonly number[];
}

export interface Packing {
  readonly packed: readonly PackedRecord[];
  /** Events that are too large for any record. */
  readonly rejected: readonly { readonly index: number; readonly reason: string }[];
}

/** Without the size of the event: reasons are counted by their text. */
export const TOO_LARGE = `an event above ${MAX_EVENT_BYTES} bytes is too large to send: record less in one event`;

export function packRecords(events: readonly SpoolRecord[]): Packing {
  const packed: PackedRecord[] = [];
  const rejected: { index: number; reason: string }[] = [];
  let lines: Buffer[] = [];
  let indexes: number[] = [];
  let bytes = 0;

  const finish = () => {
    if (indexes.length > 0) packed.push({ data: Buffer.concat(lines, bytes), indexes });
    lines = [];
    indexes = [];
    bytes = 0;
  };
  for (const [index, { line }] of events.entries()) {
    const encoded = Buffer.from(`${line}\n`);
    if (encoded.length > MAX_EVENT_BYTES) {
      rejected.push({ index, reason: TOO_LARGE });
      continue;
    }
    if (bytes + encoded.length > MAX_RECORD_BYTES || indexes.length >= MAX_RECORD_EVENTS) finish();
    lines.push(encoded);
    indexes.push(index);
    bytes += encoded.length;
  }
  finish();
  return { packed, rejected };
}
