/** Streams for single tests, and their records. */
import {
  CreateStreamCommand,
  DescribeStreamCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  KinesisClient,
} from '@aws-sdk/client-kinesis';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { anyCredentials, type KinesisServer, startKinesisServer } from './kinesis-server.ts';

export interface StoredRecord {
  readonly partitionKey: string;
  readonly data: string;
}

export const kinesisClient = (endpoint: string, maxAttempts = 3): KinesisClient =>
  new KinesisClient({
    endpoint,
    region: 'us-east-1',
    credentials: anyCredentials,
    requestHandler: new NodeHttpHandler(),
    maxAttempts,
  });

/** A Kinesis server for the tests of this file or `describe` block. Call it outside of tests. */
export function kinesisForTests(): { readonly endpoint: string; readonly client: KinesisClient } {
  let server: KinesisServer;
  let client: KinesisClient;
  beforeAll(async () => {
    server = await startKinesisServer();
    client = kinesisClient(server.endpoint);
  });
  afterAll(async () => {
    client.destroy();
    await server.close();
  });
  return {
    get endpoint() {
      return server.endpoint;
    },
    get client() {
      return client;
    },
  };
}

let streams = 0;

export async function createStream(client: KinesisClient, shards = 1): Promise<string> {
  streams++;
  const StreamName = `test-${process.pid}-${streams}`;
  await client.send(new CreateStreamCommand({ StreamName, ShardCount: shards }));
  for (;;) {
    const { StreamDescription: stream } = await client.send(new DescribeStreamCommand({ StreamName }));
    if (stream?.StreamStatus === 'ACTIVE') return StreamName;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** All records of the stream, shard after shard. */
export async function readStream(
  client: KinesisClient,
  StreamName: string,
): Promise<readonly StoredRecord[]> {
  const { StreamDescription: stream } = await client.send(new DescribeStreamCommand({ StreamName }));
  const stored: StoredRecord[] = [];
  for (const { ShardId } of stream?.Shards ?? []) {
    const { ShardIterator: first } = await client.send(
      new GetShardIteratorCommand({ StreamName, ShardId, ShardIteratorType: 'TRIM_HORIZON' }),
    );
    let iterator = first;
    while (iterator !== undefined) {
      const answer = await client.send(new GetRecordsCommand({ ShardIterator: iterator }));
      for (const { Data, PartitionKey = '' } of answer.Records ?? []) {
        stored.push({ partitionKey: PartitionKey, data: Buffer.from(Data ?? []).toString() });
      }
      const isAtEnd = (answer.Records ?? []).length === 0;
      iterator = isAtEnd ? undefined : answer.NextShardIterator;
    }
  }
  return stored;
}

export const linesOf = (data: string): readonly string[] => data.split('\n').slice(0, -1);
