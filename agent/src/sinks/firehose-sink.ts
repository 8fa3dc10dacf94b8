/**
 * Amazon Data Firehose by Direct PUT, without a Kinesis stream in front of it. Outcomes are per record:
 * PutRecordBatch is not atomic, and a partial failure is HTTP 200 with an ErrorCode in the record's place
 * (https://docs.aws.amazon.com/firehose/latest/APIReference/API_PutRecordBatch.html).
 */
import type { FirehoseClient, _Record as FirehoseRecord } from '@aws-sdk/client-firehose';
import { type AwsClientOptions, awsClientConfig } from './aws-client.ts';
import { type AwsConnection, type AwsRequestOptions, AwsSink, requestLimits } from './aws-sink.ts';
import { type Sink, SinkError } from './sink.ts';

export interface FirehoseSinkOptions extends AwsClientOptions, AwsRequestOptions {
  readonly deliveryStreamName: string;
  /**
   * A client of your own: its region, endpoint, retries, proxy and timeouts apply, and close() does not
   * destroy it.
   */
  readonly client?: FirehoseClient;
}

/**
 * The documentation has both 4 MiB and 4 MB per request, and does not say whether before or after
 * base64. The smaller one applies here, to the size after base64.
 */
const MOST = { maxRecords: 500, maxBytes: 4_000_000 };
/** Bytes of `{"Data":""},` around each record. */
const FRAME_BYTES = 12;
/**
 * Below 1 MiB per second, the quota of a stream in most regions
 * (https://docs.aws.amazon.com/firehose/latest/dev/limits.html: 5 MiB in us-east-1, us-west-2 and
 * eu-west-1). 1,000 records per second is the smallest quota that page has ever had.
 */
const RATE = { bytesPerSecond: 900 * 1024, recordsPerSecond: 900 };

/** Throws SinkError for options that Firehose would reject. The AWS SDK is loaded with the first send(). */
export function firehoseSink(options: FirehoseSinkOptions): Sink {
  const { deliveryStreamName, endpoint } = options;
  if (!/^[a-zA-Z0-9_.-]{1,64}$/.test(deliveryStreamName)) {
    throw new SinkError(
      `deliveryStreamName is ${JSON.stringify(deliveryStreamName)}: 1 to 64 letters, digits, _ . - are allowed; pass the stream's name, not its ARN`,
    );
  }
  return new AwsSink<FirehoseRecord & { readonly Data: Uint8Array }>({
    name: `firehose:${deliveryStreamName}`,
    target: `the Firehose stream ${deliveryStreamName}${endpoint === undefined ? '' : ` at ${endpoint}`}`,
    rate: RATE,
    limits: requestLimits(options, MOST),
    entryOf: ({ data }) => ({ Data: data }),
    bytesOf: ({ Data }) => Math.ceil(Data.length / 3) * 4 + FRAME_BYTES,
    connect: () => connect(options),
  });
}

async function connect(options: FirehoseSinkOptions): Promise<AwsConnection<FirehoseRecord>> {
  const { FirehoseClient, PutRecordBatchCommand } = await import('@aws-sdk/client-firehose');
  const client = options.client ?? new FirehoseClient(await awsClientConfig(options));
  return {
    async put(entries, abortSignal) {
      const input = { DeliveryStreamName: options.deliveryStreamName, Records: [...entries] };
      const { RequestResponses: results = [] } = await client.send(new PutRecordBatchCommand(input), {
        abortSignal,
      });
      return results.map((result) => (result.RecordId === undefined ? result : null));
    },
    destroy() {
      if (options.client === undefined) client.destroy();
    },
  };
}
