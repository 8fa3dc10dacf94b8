/**
 * moto server: the protocols of AWS over HTTP, with a state in memory. It is nobody of ours and reads what the SDK
 * really sends. It verifies no signature and asks for no permission.
 */
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, PutBucketVersioningCommand, S3Client } from '@aws-sdk/client-s3';
import * as z from 'zod';
import { afterTest } from '../../runner/running-test.ts';
import { tempDir } from '../../support/process/temp-dir.ts';
import { startServer } from './server-process.ts';
import type { SynthesizedStack } from './synthesized.ts';
import { motoServer } from './tools.ts';

export interface Moto {
  readonly endpoint: string;
  /** For every client of the SDK. */
  readonly config: {
    readonly endpoint: string;
    readonly region: string;
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  };
  /** As a process in AWS would have it. */
  readonly env: Readonly<Record<string, string>>;
}

/** Ends with the test, or with the file where it is started in `beforeAll`. */
export async function startMoto(): Promise<Moto> {
  const server = await startServer({
    command: motoServer(),
    args: ['-H', '127.0.0.1', '-p', '0'],
    cwd: await tempDir(),
    ready: /Running on (http:\/\/127\.0\.0\.1:\d+)/,
    timeoutMs: 60_000,
  });
  afterTest(() => server.close());
  const credentials = { accessKeyId: 'conformance', secretAccessKey: 'conformance' };
  return {
    endpoint: server.announced,
    config: { endpoint: server.announced, region: 'us-east-1', credentials },
    env: {
      AWS_ENDPOINT_URL: server.announced,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    },
  };
}

let buckets = 0;

/** An empty bucket that keeps versions, as the lake does. */
export async function newBucket({ config }: Moto): Promise<{ client: S3Client; bucket: string }> {
  const client = new S3Client(config);
  afterTest(() => client.destroy());
  buckets += 1;
  const Bucket = `lake-${buckets}`;
  await client.send(new CreateBucketCommand({ Bucket }));
  await client.send(
    new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }),
  );
  return { client, bucket: Bucket };
}

const attribute = z.enum(['S', 'N', 'B']);
const table = z.object({
  KeySchema: z.array(z.object({ AttributeName: z.string(), KeyType: z.enum(['HASH', 'RANGE']) })),
  AttributeDefinitions: z.array(z.object({ AttributeName: z.string(), AttributeType: attribute })),
});
const template = z.object({
  Resources: z.record(z.string(), z.object({ Type: z.string(), Properties: z.unknown().optional() })),
});

/** The table whose logical id contains this text, with the keys that the template gives it. */
export async function newTable(
  { config }: Moto,
  stacks: readonly SynthesizedStack[],
  logicalId: string,
): Promise<{ client: DynamoDBClient; table: string }> {
  const found = stacks
    .flatMap((stack) => Object.entries(template.parse(stack.template).Resources))
    .filter(([id, { Type }]) => Type === 'AWS::DynamoDB::Table' && id.includes(logicalId));
  if (found.length !== 1) throw new Error(`${found.length} tables of the templates are called ${logicalId}`);
  const { KeySchema, AttributeDefinitions } = table.parse(found[0]?.[1].Properties);
  const client = new DynamoDBClient(config);
  afterTest(() => client.destroy());
  await client.send(
    new CreateTableCommand({
      TableName: logicalId,
      KeySchema,
      AttributeDefinitions,
      BillingMode: 'PAY_PER_REQUEST',
    }),
  );
  return { client, table: logicalId };
}
