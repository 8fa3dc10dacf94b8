/** The deletion function: deletes people from the lake, one at a time, and runs the daily sweep. */
import { randomBytes } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Context } from 'aws-lambda';
import { cloudCopies } from '../../pipeline/deletion/index.ts';
import type { Log } from '../log.ts';
import { deletionMessages, MAX_DELAY_S } from '../queues/deletion-messages.ts';
import { S3ObjectStore } from '../stores/object-store.ts';
import { DynamoSummaries } from '../stores/summary-writer.ts';
import { days, optional, required } from './env.ts';

/** @throws Error if an environment variable is missing or out of range */
export function openDeletion(log: Log): (event: unknown, context: Context) => Promise<void> {
  const bucket = required('LAKE_BUCKET', 'the bucket that holds the lake');
  const table = required('SUMMARIES_TABLE', 'the table of summaries');
  const queueUrl = required('QUEUE_URL', 'the queue that calls this function');
  const deadLettersUrl = required('DEAD_LETTERS_URL', 'the dead-letter queue');
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

  const store = new S3ObjectStore({ client: new S3Client({}), bucket });
  const sqs = new SQSClient({});
  const summaries = new DynamoSummaries({
    client: new DynamoDBClient({}),
    table,
    // Required by the writer. This function writes no rows.
    retentionDays: retention.rollups,
    wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    random: Math.random,
  });
  const send = async (QueueUrl: string, MessageBody: string, DelaySeconds: number): Promise<void> => {
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody, DelaySeconds }));
  };
  return (event, context) =>
    deletionMessages(event, {
      store,
      history: store,
      summaries,
      retention,
      expires,
      log,
      now: () => Date.now(),
      newSalt: () => randomBytes(32).toString('hex'),
      timeLeftMs: () => context.getRemainingTimeInMillis(),
      // Longer than the duration of a rollup and the buffer time of Firehose.
      settleMs: MAX_DELAY_S * 1000,
      sendAgain: (MessageBody, DelaySeconds) => send(queueUrl, MessageBody, DelaySeconds),
      setAside: (MessageBody) => send(deadLettersUrl, MessageBody, 0),
    });
}
