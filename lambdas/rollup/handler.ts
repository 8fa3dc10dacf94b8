/** Raw samples have arrived: recompute the hours that they touch. */
import { Logger } from '@aws-lambda-powertools/logger';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { DEFAULT_RULES } from '@kinetrack/schema';
import type { Context, SQSBatchResponse } from 'aws-lambda';
import { checkSlice } from '../../pipeline/rollup/index.ts';
import { DynamoSummaries } from '../dynamo-summaries.ts';
import { days } from '../env.ts';
import { S3ObjectStore } from '../s3-object-store.ts';
import { queueMessages } from './queue-messages.ts';
import { rollupMessages } from './rollup-messages.ts';
import { sendSlices } from './slices-queue.ts';

const { LAKE_BUCKET: bucket, SUMMARIES_TABLE: table, SLICES_QUEUE_URL: queueUrl } = process.env;
if (bucket === undefined || bucket === '') {
  throw new Error('LAKE_BUCKET is not set: it must name the bucket that holds the lake');
}
const rawRetentionDays = days('RAW_RETENTION_DAYS', 'raw objects');
const slices = Number(process.env.ROLLUP_SLICES || 1);
checkSlice({ index: 0, of: slices });
if (slices > 1 && !queueUrl) {
  throw new Error(
    `SLICES_QUEUE_URL is not set: with ROLLUP_SLICES=${slices} it must name the queue of slices`,
  );
}

const log = new Logger({ serviceName: 'rollup' });
const store = new S3ObjectStore({ client: new S3Client({}), bucket });
const summaries =
  table === undefined || table === ''
    ? undefined
    : new DynamoSummaries({
        client: new DynamoDBClient({}),
        table,
        retentionDays: days('SUMMARY_RETENTION_DAYS', 'summaries'),
        wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
        random: Math.random,
      });
const queue = queueUrl ? new SQSClient({}) : undefined;

export function handler(event: unknown, context: Context): Promise<SQSBatchResponse> {
  log.addContext(context);
  return rollupMessages(queueMessages(event), {
    store,
    summaries,
    rules: DEFAULT_RULES,
    log,
    slices,
    sendSlices: async (bodies) => {
      if (queue && queueUrl) await sendSlices(queue, queueUrl, bodies);
    },
    timeLeftMs: () => context.getRemainingTimeInMillis(),
    now: () => Date.now(),
    rawRetentionDays,
  });
}
