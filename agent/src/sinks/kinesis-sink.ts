/**
 * Kinesis Data Streams. Outcomes are per record: PutRecords is not atomic, and a partial failure is HTTP 200
 * (https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecords.html).
 */
import type { KinesisClient, PutRecordsRequestEntry } from '@aws-sdk/client-kinesis';
import { type AwsClientOptions, awsClientConfig } from './aws-client.ts';
import { type AwsConnection, type AwsRequestOptions, AwsSink, requestLimits } from './aws-sink.ts';
import { type Sink, SinkError } from './sink.ts';

export interface KinesisSinkOptions extends AwsClientOptions, AwsRequestOptions {
  readonly streamName: string;
  /** A client of your own: it decides region, endpoint, retries, proxy and timeouts, and is not destroyed by close(). */
  readonly client?: KinesisClient;
  /** Which shard a record goes to. @defaultValue the device_id of its first event: a device keeps to one shard */
  readonly partitionKey?: string;
}

const MOST = { maxRecords: 500, maxBytes: 10 * 1024 * 1024 };
/**
 * A device writes to one shard, which takes 1 MiB and 1,000 records a second
 * (https://docs.aws.amazon.com/streams/latest/dev/service-sizes-and-limits.html); the rest is for live events.
 */
const RATE = { bytesPerSecond: 900 * 1024, recordsPerSecond: 900 };

/** Throws SinkError for options that Kinesis would refuse. The AWS SDK is loaded with the first send(). */
export function kinesisSink(options: KinesisSinkOptions): Sink {
  const { streamName, endpoint, partitionKey } = options;
  if (!/^[a-zA-Z0-9_.-]{1,128}$/.test(streamName)) {
    throw new SinkError(
      `streamName is ${JSON.stringify(streamName)}: 1 to 128 letters, digits, _ . - are allowed; give the stream's name, not its ARN`,
    );
  }
  return new AwsSink<PutRecordsRequestEntry & { readonly Data: Uint8Array; readonly PartitionKey: string }>({
    name: `kinesis:${streamName}`,
    target: `the stream ${streamName}${endpoint === undefined ? '' : ` at ${endpoint}`}`,
    rate: RATE,
    limits: requestLimits('Kinesis', options, MOST),
    entryOf: ({ data }) => ({ Data: data, PartitionKey: partitionKey ?? deviceOf(data) }),
    bytesOf: ({ Data, PartitionKey }) => Data.length + Buffer.byteLength(PartitionKey),
    connect: () => connect(options),
  });
}

async function connect(options: KinesisSinkOptions): Promise<AwsConnection<PutRecordsRequestEntry>> {
  const { KinesisClient, PutRecordsCommand } = await import('@aws-sdk/client-kinesis');
  const client = options.client ?? new KinesisClient(await awsClientConfig(options));
  return {
    async put(entries, abortSignal) {
      const input = { StreamName: options.streamName, Records: [...entries] };
      const { Records: results = [] } = await client.send(new PutRecordsCommand(input), { abortSignal });
      return results.map((result) => (result.SequenceNumber === undefined ? result : null));
    },
    destroy() {
      if (options.client === undefined) client.destroy();
    },
  };
}

/** Whose events these are. One flush holds the events of one device. */
function deviceOf(data: Uint8Array): string {
  const end = data.indexOf(0x0a);
  try {
    const event: unknown = JSON.parse(Buffer.from(data.buffer, data.byteOffset, end).toString('utf8'));
    if (typeof event === 'object' && event !== null && 'device_id' in event) {
      const { device_id } = event;
      if (typeof device_id === 'string' && device_id.length >= 1 && device_id.length <= 256) return device_id;
    }
  } catch {
    // Not an event: the pipeline tells its sender so, under errors/. It has to get there.
  }
  return 'unknown';
}
