/**
 * A record in the local Firehose. De-aggregation splits it into parts; each part is delivered under the
 * prefix or, as a line of JSON, under the error prefix.
 */
import type { RecordOutcome } from '@kinetrack/agent';

/** A record with a waiting sender. Its outcome is known once every part is durable or given up. */
export class PendingRecord {
  readonly outcome: Promise<RecordOutcome>;
  #resolve: (outcome: RecordOutcome) => void = () => {};
  #openParts: number;
  #failure: string | undefined;

  constructor(parts: number) {
    this.#openParts = parts;
    this.outcome = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  /** Without a failure, the part is durable. */
  settlePart(failure?: string): void {
    this.#failure ??= failure;
    this.#openParts -= 1;
    if (this.#openParts > 0) return;
    this.#resolve(
      this.#failure === undefined ? { status: 'delivered' } : { status: 'retryable', reason: this.#failure },
    );
  }
}

/** One JSON object of a record. */
export interface RecordPart {
  /** Content for the object in the store. */
  readonly bytes: Uint8Array;
  /** Length on arrival: counts as pending bytes. */
  readonly inputBytes: number;
  readonly arrivalMs: number;
  readonly record: PendingRecord;
}

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

/** The store permanently rejects the key of the object. */
export const deliveryFailure = (message: string): Failure => ({
  type: 'delivery-failed',
  code: 'S3.InvalidKey',
  message,
});

/** Some messages of jq repeat the whole record, which is in rawData already. */
const MAX_MESSAGE_CHARS = 256;

export function failedRecordLine(part: RecordPart, failure: Failure, endedMs: number): Uint8Array {
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
