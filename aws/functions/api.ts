/** The API function: figures and deletion requests. */
import { randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { DEFAULT_RULES } from '@kinetrack/schema';
import { SqsDeletions } from '../deletions.ts';
import { apiHandler } from '../http/api-handler.ts';
import type { Log } from '../log.ts';
import { S3ObjectStore } from '../stores/object-store.ts';
import { DynamoSummaryStore } from '../stores/summary-store.ts';
import { optional, required } from './env.ts';

/** @throws Error if an environment variable is missing */
export function openApi(log: Log): ReturnType<typeof apiHandler> {
  const store = new S3ObjectStore({
    client: new S3Client({}),
    bucket: required('LAKE_BUCKET', 'the bucket that holds the lake'),
  });
  const queueUrl = optional('DELETION_QUEUE_URL');
  return apiHandler({
    store: new DynamoSummaryStore({
      client: new DynamoDBClient({}),
      table: required('SUMMARIES_TABLE', 'the table of summaries'),
      store,
    }),
    claims: {
      user: required('USER_CLAIM', 'the claim that holds the user id'),
      roles: required('ROLES_CLAIM', 'the claim that lists the roles'),
    },
    rules: DEFAULT_RULES,
    ...(queueUrl !== undefined && {
      deletions: new SqsDeletions({ client: new SQSClient({}), queueUrl, store, newId: randomUUID }),
    }),
    now: () => Date.now(),
    log,
  });
}
