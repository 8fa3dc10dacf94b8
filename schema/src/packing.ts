/**
 * The sizes of what travels: packed records of JSON lines, each with the events of one device. Agents pack so, and the
 * server that takes events of agents packs so again.
 *
 * Firehose bills every record rounded up to the next 5 KB, also those that come from a Kinesis stream
 * (https://aws.amazon.com/firehose/pricing/: 3 KB are billed as 5 KB, 12 KB as 15 KB). A provisioned stream
 * bills PUT payload units of 25 KB begun (https://aws.amazon.com/kinesis/data-streams/pricing/).
 *
 * So the waste is what the last step of a record leaves empty, about half an event, once per record:
 *
 *   events of 400 bytes        Firehose steps  billed  waste   PUT units
 *   200 records of 1 event     200             1000 KB  1180 %  200
 *    17 records of 12 events    17               85 KB     9 %   17
 *     4 records of 63 events    16               80 KB     2 %    4
 *
 * One step is what a person's flush comes to in the steady state; a backlog fills five steps, one PUT unit, and
 * only its last record leaves a step half empty. An event of more than one step shares its last step with
 * others: sending it alone would never be cheaper, because ceil(a + b) <= ceil(a) + ceil(b).
 */

/** The step in which Firehose bills a record. */
export const BILLING_STEP_BYTES = 5 * 1024;
/** One PUT payload unit: five billing steps. */
export const MAX_RECORD_BYTES = 25 * 1024;
/** Firehose de-aggregates at most 500 events of a record (docs: PutRecord of Firehose); stays clear of it. */
export const MAX_RECORD_EVENTS = 200;
/** What Firehose takes as one record (same page: up to 1,000 KiB), below Kinesis' 1 MiB with its key. */
export const MAX_EVENT_BYTES = 1000 * 1024;

/** What one record, or one request of a destination, holds at most. */
export interface RequestLimits {
  readonly maxRecords: number;
  readonly maxBytes: number;
}

/** Divides records into requests, in their order; one that is larger than a request gets one of its own. */
export function* divide<T>(
  records: readonly T[],
  bytesOf: (record: T) => number,
  { maxRecords, maxBytes }: RequestLimits,
): Generator<readonly T[]> {
  let request: T[] = [];
  let bytes = 0;
  for (const record of records) {
    const more = bytesOf(record);
    if (request.length > 0 && (request.length >= maxRecords || bytes + more > maxBytes)) {
      yield request;
      request = [];
      bytes = 0;
    }
    request.push(record);
    bytes += more;
  }
  if (request.length > 0) yield request;
}
