import { type KinesisClient, PutRecordsCommand } from '@aws-sdk/client-kinesis';
import type { IngestRecord, IngestSink } from '../../pipeline/lake/ports.ts';
import { putInParts } from './put-in-parts.ts';

/** At most 500 records and 10 MiB (API_PutRecords). A shard accepts only 1 MiB per second. */
const LIMITS = { maxRecords: 500, maxBytes: 4 * 1024 * 1024 };

/**
 * Puts records into the stream. A partial failure has HTTP status 200, so each record has its own
 * outcome.
 */
export class KinesisIngest implements IngestSink {
  constructor(private readonly options: { readonly client: KinesisClient; readonly streamName: string }) {}

  put(records: readonly IngestRecord[]): Promise<readonly ('stored' | 'retryable')[]> {
    const { client, streamName: StreamName } = this.options;
    const bytesOf = ({ data, partitionKey }: IngestRecord) => data.length + partitionKey.length;
    return putInParts(records, bytesOf, LIMITS, async (part) => {
      const Records = part.map(({ data, partitionKey }) => ({ Data: data, PartitionKey: partitionKey }));
      const answer = await client.send(new PutRecordsCommand({ StreamName, Records }));
      return (answer.Records ?? []).map(({ SequenceNumber }) => SequenceNumber !== undefined);
    });
  }
}
