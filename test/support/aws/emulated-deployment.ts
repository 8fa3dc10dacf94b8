/**
 * A deployment on loopback: the real Kinesis and DynamoDB protocols (kinesis-local, dynalite), a stand-in for S3, the
 * local Firehose, the code of the functions, and DuckDB in Athena's place.
 */
import { systemRuntime } from '@kinetrack/agent';
import { DEFAULT_RULES } from '@kinetrack/schema';
import { rollupMessages } from '../../../aws/queues/rollup-messages.ts';
import { S3ObjectStore } from '../../../aws/stores/object-store.ts';
import { DynamoSummaries } from '../../../aws/stores/summary-writer.ts';
import { LocalFirehose } from '../../../local/firehose/index.ts';
import { openLake } from '../../../local/stores/query-engine.ts';
import { deletePerson } from '../../../pipeline/deletion/index.ts';
import { deliveryConfiguration } from '../../../pipeline/delivery.ts';
import { MemoryObjectStore } from '../lake/memory-object-store.ts';
import { startAwsFront } from './aws-front.ts';
import { createTable, startDynamo } from './dynamo-server.ts';
import { startKinesisServer } from './kinesis-server.ts';
import { createStream, kinesisClient, readStream } from './kinesis-stream.ts';
import { s3ClientFor } from './s3-client.ts';
import { s3Notification } from './s3-notification.ts';
import { S3Server } from './s3-server.ts';

export interface EmulatedDeployment {
  /** What a process needs to take it for AWS. */
  readonly env: Readonly<Record<string, string>>;
  readonly s3: S3Server;
  /** Messages of the deletion queue. */
  readonly deletions: string[];
  close(): Promise<void>;
}

const BUCKET = 'the-lake';
const PUMP_MS = 100;

const quietLog = { info: () => {}, warn: () => {}, error: () => {} };

export async function startDeployment(options: {
  /** Leaves rollups undone, as a function without rights would. @defaultValue false */
  readonly withoutRollup?: boolean;
  /** A folder for what Athena reads. */
  readonly queryDir: string;
}): Promise<EmulatedDeployment> {
  const [kinesis, dynamo, s3] = await Promise.all([
    startKinesisServer(),
    startDynamo(),
    S3Server.start(BUCKET),
  ]);
  const streamClient = kinesisClient(kinesis.endpoint);
  const streamName = await createStream(streamClient);
  const tableClient = dynamo.client();
  const table = await createTable(tableClient, { sortKey: true });
  const s3Client = s3ClientFor(s3);
  const store = new S3ObjectStore({ client: s3Client, bucket: BUCKET });
  const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
  const summaries = new DynamoSummaries({
    ...{ client: tableClient, table, retentionDays: 400, wait },
    random: Math.random,
  });
  const rollUp = (keys: readonly string[]) =>
    rollupMessages([{ messageId: 'm', body: s3Notification(keys) }], {
      ...{ store, summaries, rules: DEFAULT_RULES, log: quietLog, slices: 1, rawRetentionDays: 36_500 },
      sendSlices: () => Promise.resolve(),
      timeLeftMs: () => 300_000,
      now: () => Date.now(),
    });
  const firehose = await LocalFirehose.open({
    configuration: deliveryConfiguration({ bucketArn: 'arn:aws:s3:::the-lake', roleArn: 'any' }),
    ...{ streamName, store, runtime: systemRuntime, bufferIntervalMs: PUMP_MS },
    onDelivered: async (keys) => {
      if (!options.withoutRollup) await rollUp(keys);
    },
  });
  const deletions: string[] = [];
  const front = await startAwsFront({
    stackName: 'KinetrackLake',
    outputs: {
      LakeBucketName: BUCKET,
      StreamName: streamName,
      SummariesTableName: table,
      DatabaseName: 'kinetrack',
      WorkgroupName: 'kinetrack',
      DeletionQueueUrl: 'QUEUE/123456789012/delete',
    },
    onMessage: async (_queueUrl, body) => {
      deletions.push(body);
      await deletePerson(JSON.parse(body).delete, {
        ...{ store, summaries, now: () => Date.now(), newSalt: () => 'salt of a test', expires: () => [] },
      });
    },
    query: (sql) => queryObjects(s3, options.queryDir, sql),
  });

  let isClosed: boolean = false;
  let taken = 0;
  const pump = (async () => {
    while (!isClosed) {
      const records = await readStream(streamClient, streamName);
      const fresh = records.slice(taken);
      taken = records.length;
      if (fresh.length > 0) await firehose.putRecords(fresh.map(({ data }) => Buffer.from(data)));
      await wait(PUMP_MS);
    }
  })();
  return {
    env: {
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'any',
      AWS_SECRET_ACCESS_KEY: 'any',
      AWS_ENDPOINT_URL_KINESIS: kinesis.endpoint,
      AWS_ENDPOINT_URL_DYNAMODB: dynamo.endpoint,
      AWS_ENDPOINT_URL_S3: s3.endpoint,
      ...Object.fromEntries(
        ['CLOUDFORMATION', 'ATHENA', 'SQS'].map((name) => [`AWS_ENDPOINT_URL_${name}`, front.endpoint]),
      ),
    },
    s3,
    deletions,
    async close() {
      isClosed = true;
      await pump.catch(() => undefined);
      await firehose.close();
      s3Client.destroy();
      streamClient.destroy();
      await Promise.all([front.close(), kinesis.close(), dynamo.close(), s3.close()]);
    },
  };
}

let queries = 0;

/** DuckDB over the current objects of the bucket. */
async function queryObjects(s3: S3Server, folder: string, sql: string) {
  queries += 1;
  const lakeDir = `${folder}/${queries}`;
  const copy = new MemoryObjectStore();
  for (const [key, body] of s3.objects) await copy.put(key, body);
  await copy.saveTo(lakeDir);
  const lake = await openLake({ lakeDir });
  try {
    return await lake.query(sql);
  } finally {
    await lake.close();
  }
}
