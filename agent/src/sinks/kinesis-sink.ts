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
  /**
   * A client of your own: its region, endpoint, retries, proxy and timeouts apply, and close() does not
   * destroy it.
   */
  readonly client?: KinesisClient;
  /**
   * Partition key of all records. @defaultValue the device_id of the first event: a device uses one shard
   */
  readonly partitionKey?: string;
}

const MOST = { maxRecords: 500, maxBytes: 10 * 1024 * 1024 };
/**
 * A device writes to one shard, with a limit of 1 MiB and 1,000 records per second
 * (https://docs.aws.amazon.com/streams/latest/dev/service-sizes-and-limits.html). The rest is for live
 * events.
 */
const RATE = { bytesPerSecond: 900 * 1024, recordsPerSecond: 900 };

/** Throws SinkError for options that Kinesis would reject. The AWS SDK is loaded with the first send(). */
export function kinesisSink(options: KinesisSinkOptions): Sink {
  const { streamName, endpoint, partitionKey } = options;
  if (!/^[a-zA-Z0-9_.-]{1,128}$/.test(streamName)) {
    throw new SinkError(
      `streamName is ${JSON.stringify(streamName)}: 1 to 128 letters, digits, _ . - are allowed; pass the stream's name, not its ARN`,
    );
  }
  return new AwsSink<PutRecordsRequestEntry & { readonly Data: Uint8Array; readonly PartitionKey: string }>({
    name: `kinesis:${streamName}`,
    target: `the stream ${streamName}${endpoint === undefined ? '' : ` at ${endpoint}`}`,
    rate: RATE,
    limits: requestLimits(options, MOST),
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

/** The device of the events. One flush has the events of one device. */
function deviceOf(data: Uint8Array): string {
  const end = data.indexOf(0x0a);
  try {
    const event: unknown = JSON.parse(Buffer.from(data.buffer, data.byteOffset, end).toString('utf8'));
    if (typeof event === 'object' && event !== null && 'device_id' in event) {
      const { device_id } = event;
      if (typeof device_id === 'string' && device_id.length >= 1 && device_id.length <= 256) return device_id;
    }
  } catch {
    // Not an event: send it anyway, and the pipeline reports it under errors/.
  }
  return 'unknown';
}
