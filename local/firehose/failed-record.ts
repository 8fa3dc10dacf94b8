/** What Firehose keeps of a record that it cannot deliver: a line of JSON under the error prefix. */
import type { SubRecord } from './pending-record.ts';

/** `!{firehose:error-output-type}` */
export type ErrorType = 'metadata-extraction-failed' | 'activePartitionExceeded' | 'delivery-failed';

export interface Failure {
  readonly type: ErrorType;
  readonly code: string;
  readonly message: string;
}

export const extractionFailure = (message: string): Failure => ({
  type: 'metadata-extraction-failed',
  code: 'DynamicPartitioning.MetadataExtractionFailed',
  message: message.length > MAX_MESSAGE_CHARS ? `${message.slice(0, MAX_MESSAGE_CHARS - 3)}...` : message,
});

export const partitionsExceeded = (limit: number): Failure => ({
  type: 'activePartitionExceeded',
  code: 'DynamicPartitioning.ActivePartitionsLimitExceeded',
  message: `${limit} partitions are open already; deliver oldest first at a bounded rate or raise the quota`,
});

/** The store says that it will never take an object of that key. */
export const deliveryFailure = (message: string): Failure => ({
  type: 'delivery-failed',
  code: 'S3.InvalidKey',
  message,
});

/** jq repeats the whole record in some of its messages; it stands in rawData already. */
const MAX_MESSAGE_CHARS = 256;

export function failedRecordLine(part: SubRecord, failure: Failure, endedMs: number): Uint8Array {
  const { buffer, byteOffset, byteLength } = part.bytes;
  const document = {
    attemptsMade: 1,
    arrivalTimestamp: part.arrivalMs,
    errorCode: failure.code,
    errorMessage: failure.message,
    attemptEndingTimestamp: endedMs,
    rawData: Buffer.from(buffer, byteOffset, byteLength).toString('base64'),
  };
  return Buffer.from(`${JSON.stringify(document)}\n`);
}
