/** The rollup function: recomputes hours with new raw samples. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { DEFAULT_RULES } from '@kinetrack/schema';
import type { Context, SQSBatchResponse } from 'aws-lambda';
import { checkSlice } from '../../pipeline/lake/slices.ts';
import type { Log } from '../log.ts';
import { rollupMessages } from '../queues/rollup-messages.ts';
import { queueMessages, sendSlices } from '../queues/rollup-queue.ts';
import { S3ObjectStore } from '../stores/object-store.ts';
import { DynamoSummaries } from '../stores/summary-writer.ts';
import { days, optional, required } from './env.ts';

/** @throws Error if an environment variable is missing or out of range */
export function openRollup(log: Log): (event: unknown, context: Context) => Promise<SQSBatchResponse> {
  const bucket = required('LAKE_BUCKET', 'the bucket that holds the lake');
  const rawRetentionDays = days('RAW_RETENTION_DAYS', 'raw objects');
  const slices = Number(process.env.ROLLUP_SLICES || 1);
  checkSlice({ index: 0, of: slices });
  const queueUrl = slices > 1 ? required('SLICES_QUEUE_URL', 'the queue of slices') : undefined;
  const queue = new SQSClient({});
  const store = new S3ObjectStore({ client: new S3Client({}), bucket });
  const table = optional('SUMMARIES_TABLE');
  const summaries =
    table === undefined
      ? undefined
      : new DynamoSummaries({
          client: new DynamoDBClient({}),
          table,
          retentionDays: days('SUMMARY_RETENTION_DAYS', 'summaries'),
          wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
          random: Math.random,
        });
  return (event, context) =>
    rollupMessages(queueMessages(event), {
      store,
      summaries,
      rules: DEFAULT_RULES,
      log,
      slices,
      sendSlices: async (bodies) => {
        if (queueUrl !== undefined) await sendSlices(queue, queueUrl, bodies);
      },
      timeLeftMs: () => context.getRemainingTimeInMillis(),
      now: () => Date.now(),
      rawRetentionDays,
    });
}
