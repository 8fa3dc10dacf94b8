/** Raw samples have arrived: recompute the hours that they touch. */
import { Logger } from '@aws-lambda-powertools/logger';
import { S3Client } from '@aws-sdk/client-s3';
import { DEFAULT_RULES } from '@kinetrack/schema';
import type { Context, SQSBatchResponse } from 'aws-lambda';
import { S3ObjectStore } from '../s3-object-store.ts';
import { queueMessages } from './notification.ts';
import { rollupMessages } from './rollup-messages.ts';

const { LAKE_BUCKET: bucket, RAW_RETENTION_DAYS: retention } = process.env;
const rawRetentionDays = Number(retention);
if (bucket === undefined || bucket === '') {
  throw new Error('LAKE_BUCKET is not set: it must name the bucket that holds the lake');
}
if (!Number.isInteger(rawRetentionDays) || rawRetentionDays < 1) {
  throw new Error(
    `RAW_RETENTION_DAYS is ${retention}: it must be the days after which raw objects are deleted`,
  );
}
const log = new Logger({ serviceName: 'rollup' });
const store = new S3ObjectStore({ client: new S3Client({}), bucket });

export function handler(event: unknown, context: Context): Promise<SQSBatchResponse> {
  log.addContext(context);
  return rollupMessages(queueMessages(event), {
    store,
    rules: DEFAULT_RULES,
    log,
    timeLeftMs: () => context.getRemainingTimeInMillis(),
    now: () => Date.now(),
    rawRetentionDays,
  });
}
