/** Deletes people from the lake, one at a time, and sweeps it once a day. */
import { randomBytes } from 'node:crypto';
import { Logger } from '@aws-lambda-powertools/logger';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Context } from 'aws-lambda';
import { cloudCopies } from '../../pipeline/deletion/index.ts';
import { DynamoSummaries } from '../dynamo-summaries.ts';
import { days, optional, required } from '../env.ts';
import { S3ObjectStore } from '../s3-object-store.ts';
import { forgetMessages, MAX_DELAY_S } from './forget-messages.ts';

const bucket = required('LAKE_BUCKET', 'the bucket that holds the lake');
const table = required('SUMMARIES_TABLE', 'the table of summaries');
const queueUrl = required('QUEUE_URL', 'the queue that calls this function');
const deadLettersUrl = required('DEAD_LETTERS_URL', 'the queue for invalid messages');
const retention = {
  raw: days('RAW_RETENTION_DAYS', 'raw events'),
  rollups: days('ROLLUP_RETENTION_DAYS', 'rollups'),
  errors: days('ERROR_RETENTION_DAYS', 'undeliverable records'),
};
const streamHours = optional('STREAM_RETENTION_HOURS');
const expires = cloudCopies({
  ...(streamHours === undefined ? {} : { streamRetentionHours: Number(streamHours) }),
  queryResultDays: days('QUERY_RESULT_DAYS', 'query results'),
  accessLogDays: days('ACCESS_LOG_DAYS', 'access logs'),
});

const log = new Logger({ serviceName: 'forget' });
const store = new S3ObjectStore({ client: new S3Client({}), bucket });
const sqs = new SQSClient({});
const summaries = new DynamoSummaries({
  client: new DynamoDBClient({}),
  table,
  // Of rows that are written; nothing is written here.
  retentionDays: retention.rollups,
  wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  random: Math.random,
});

export function handler(event: unknown, context: Context): Promise<void> {
  log.addContext(context);
  return forgetMessages(event, {
    store,
    history: store,
    summaries,
    retention,
    expires,
    log,
    now: () => Date.now(),
    newSalt: () => randomBytes(32).toString('hex'),
    timeLeftMs: () => context.getRemainingTimeInMillis(),
    // Longer than a rollup runs and Firehose buffers.
    settleMs: MAX_DELAY_S * 1000,
    sendAgain: (MessageBody, DelaySeconds) => send(queueUrl, MessageBody, DelaySeconds),
    setAside: (MessageBody) => send(deadLettersUrl, MessageBody, 0),
  });
}

async function send(QueueUrl: string, MessageBody: string, DelaySeconds: number): Promise<void> {
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody, DelaySeconds }));
}
