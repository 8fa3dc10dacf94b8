/**
 * A deployment whose lake holds the demo fleet: S3 with versions and DynamoDB on loopback, filled by the built rollup
 * function out of what the delivery wrote, and asked through the built API function. The same lake lies in a folder as
 * the embedded pipeline made it. Needs `npm run build`.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { APIGatewayProxyStructuredResultV2, SQSBatchResponse } from 'aws-lambda';
import { deletionMessages } from '../../../aws/queues/deletion-messages.ts';
import { S3ObjectStore } from '../../../aws/stores/object-store.ts';
import { DynamoSummaries } from '../../../aws/stores/summary-writer.ts';
import { builtAsset } from '../../../lib/assets.ts';
import { type DemoFleetOptions, fillDemoLake } from '../../../local/demo/index.ts';
import { startAwsFront } from './aws-front.ts';
import { createTable, startDynamo } from './dynamo-server.ts';
import { s3ClientFor } from './s3-client.ts';
import { S3History } from './s3-history.ts';
import { s3Notification } from './s3-notification.ts';
import { S3Server } from './s3-server.ts';

export interface DemoDeployment {
  readonly s3: S3Server;
  /** The API function: events of API Gateway in, answers out. */
  answer(event: unknown): Promise<APIGatewayProxyStructuredResultV2>;
  /** Has the deletions done that were ordered since. */
  forgetOrdered(): Promise<void>;
  close(): Promise<void>;
}

const BUCKET = 'the-lake';
const LONG_AGO_DAYS = '36500';
/** Objects of one notification. */
const AT_ONCE = 50;

/** One at a time in a process: the functions read their settings from its environment. @param lakeDir an empty folder */
export async function startDemoDeployment(lakeDir: string, fleet: DemoFleetOptions): Promise<DemoDeployment> {
  const orders: string[] = [];
  const [dynamo, s3, front] = await Promise.all([
    startDynamo(),
    S3Server.start(BUCKET),
    startAwsFront({
      stackName: 'none',
      outputs: {},
      onMessage: (_, body) => Promise.resolve(void orders.push(body)),
      query: () => Promise.reject(new Error('nobody queries here')),
    }),
  ]);
  s3.history = new S3History();
  const tableClient = dynamo.client();
  const table = await createTable(tableClient, { sortKey: true });
  Object.assign(process.env, {
    ...{ AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'any', AWS_SECRET_ACCESS_KEY: 'any' },
    ...{ AWS_ENDPOINT_URL_S3: s3.endpoint, AWS_ENDPOINT_URL_DYNAMODB: dynamo.endpoint },
    ...{ AWS_ENDPOINT_URL_SQS: front.endpoint, DELETION_QUEUE_URL: `${front.endpoint}/123456789012/delete` },
    ...{ LAKE_BUCKET: BUCKET, SUMMARIES_TABLE: table, USER_CLAIM: 'email', ROLES_CLAIM: 'roles' },
    ...{ RAW_RETENTION_DAYS: LONG_AGO_DAYS, SUMMARY_RETENTION_DAYS: LONG_AGO_DAYS },
    POWERTOOLS_LOG_LEVEL: 'SILENT',
  });
  const client = s3ClientFor(s3);
  const store = new S3ObjectStore({ client, bucket: BUCKET });

  await fillDemoLake({ ...fleet, lakeDir });
  const keys = await copyRaw(lakeDir, store);
  const rollup = await builtHandler<SQSBatchResponse>('rollup');
  for (let first = 0; first < keys.length; first += AT_ONCE) {
    const body = s3Notification(keys.slice(first, first + AT_ONCE), BUCKET);
    const { batchItemFailures } = await rollup({ Records: [{ messageId: 'm', body }] }, CONTEXT);
    if (batchItemFailures.length > 0) throw new Error('the rollup function did not take a message');
  }
  const api = await builtHandler<APIGatewayProxyStructuredResultV2>('api');

  return {
    s3,
    answer: (event) => api(event, CONTEXT),
    async forgetOrdered() {
      const Records = orders.splice(0).map((body) => ({ messageId: 'm', body }));
      await deletionMessages(
        { Records },
        {
          ...{ store, history: store, expires: () => [] },
          summaries: new DynamoSummaries({
            ...{ client: tableClient, table, retentionDays: 400 },
            ...{ wait: () => Promise.resolve(), random: Math.random },
          }),
          retention: { raw: 400, rollups: 400, errors: 400 },
          log: { info: () => {}, warn: () => {}, error: () => {} },
          now: () => Date.now(),
          newSalt: () => 'salt of a test',
          sendAgain: () => Promise.reject(new Error('one run was to be enough')),
          setAside: () => Promise.reject(new Error('the order was not understood')),
        },
      );
    },
    async close() {
      client.destroy();
      await Promise.all([front.close(), dynamo.close(), s3.close()]);
    },
  };
}

const CONTEXT = {
  ...{ functionName: 'any', functionVersion: '1', memoryLimitInMB: '1769', awsRequestId: 'any' },
  invokedFunctionArn: 'arn:aws:lambda:us-east-1:123456789012:function:any',
  getRemainingTimeInMillis: () => 900_000,
};

type Handler<Result> = (event: unknown, context: typeof CONTEXT) => Promise<Result>;

async function builtHandler<Result>(name: string): Promise<Handler<Result>> {
  const file = join(builtAsset(`lambdas/${name}`), 'index.mjs');
  const built: { readonly handler: Handler<Result> } = await import(pathToFileURL(file).href);
  return built.handler;
}

/** What the delivery wrote, in the order of its keys. */
async function copyRaw(lakeDir: string, store: S3ObjectStore): Promise<readonly string[]> {
  const entries = await readdir(join(lakeDir, 'raw'), { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  const keys = paths.map((path) => relative(lakeDir, path));
  for (const [index, key] of keys.entries()) await store.put(key, await readFile(paths[index] ?? ''));
  return keys;
}
