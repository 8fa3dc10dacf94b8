import { type FirehoseClient, PutRecordBatchCommand } from '@aws-sdk/client-firehose';
import type { IngestRecord, IngestSink } from '../../pipeline/lake/ports.ts';
import { putInParts } from './put-in-parts.ts';

/**
 * 500 records and 4 MiB (API_PutRecordBatch). AWS does not say whether the size is before or after
 * base64, so it is counted after.
 */
const LIMITS = { maxRecords: 500, maxBytes: 4_000_000 };
/** `{"Data":""},` around each record. */
const FRAME_BYTES = 12;

/** Puts records into Firehose, for deployments without a stream. Firehose has no partition keys. */
export class FirehoseIngest implements IngestSink {
  constructor(
    private readonly options: { readonly client: FirehoseClient; readonly deliveryStreamName: string },
  ) {}

  put(records: readonly IngestRecord[]): Promise<readonly ('stored' | 'retryable')[]> {
    const { client, deliveryStreamName: DeliveryStreamName } = this.options;
    const bytesOf = ({ data }: IngestRecord) => Math.ceil(data.length / 3) * 4 + FRAME_BYTES;
    return putInParts(records, bytesOf, LIMITS, async (part) => {
      const Records = part.map(({ data }) => ({ Data: data }));
      const answer = await client.send(new PutRecordBatchCommand({ DeliveryStreamName, Records }));
      return (answer.RequestResponses ?? []).map(({ RecordId }) => RecordId !== undefined);
    });
  }
}
