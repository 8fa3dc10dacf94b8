/**
 * Sizes of packed records: JSON lines with the events of one device. Agents pack events this way, and the server
 * repacks events from `POST /track` the same way.
 *
 * Firehose bills every record rounded up to the next 5 KB, including records from a Kinesis stream
 * (https://aws.amazon.com/firehose/pricing/: 3 KB are billed as 5 KB, 12 KB as 15 KB). A provisioned stream
 * bills PUT payload units of up to 25 KB (https://aws.amazon.com/kinesis/data-streams/pricing/).
 *
 * The waste per record is the unused part of its last step, about half an event:
 *
 *   events of 400 bytes        Firehose steps  billed  waste   PUT units
 *   200 records of 1 event     200             1000 KB  1180 %  200
 *    17 records of 12 events    17               85 KB     9 %   17
 *     4 records of 63 events    16               80 KB     2 %    4
 *
 * In the steady state, a flush is about one step. Records of a backlog fill five steps, one PUT unit. An event
 * larger than a step shares its last step with others: a separate record is never cheaper, because
 * ceil(a + b) <= ceil(a) + ceil(b).
 */

/** Billing step of Firehose. */
export const BILLING_STEP_BYTES = 5 * 1024;
/** One PUT payload unit of Kinesis: five billing steps. */
export const MAX_RECORD_BYTES = 25 * 1024;
/** Firehose de-aggregates at most 500 events per record (PutRecord of Firehose). */
export const MAX_RECORD_EVENTS = 200;
/** Maximum record of Firehose (same page: 1,000 KiB), below the 1 MiB of Kinesis including the key. */
export const MAX_EVENT_BYTES = 1000 * 1024;

/** Limits of one record, or of one request to a destination. */
export interface RequestLimits {
  readonly maxRecords: number;
  readonly maxBytes: number;
}

/** Splits records into requests, in order. A record larger than a request gets its own. */
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
