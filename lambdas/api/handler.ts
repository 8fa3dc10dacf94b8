/** Questions about people's figures, and deletion: everything behind the sign-in. */
import { randomUUID } from 'node:crypto';
import { Logger } from '@aws-lambda-powertools/logger';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { DEFAULT_RULES } from '@kinetrack/schema';
import type { APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import { DynamoSummaryStore } from '../dynamo-summary-store.ts';
import { optional, required } from '../env.ts';
import { S3ObjectStore } from '../s3-object-store.ts';
import { apiHandler } from './api-handler.ts';
import { SqsDeletions } from './sqs-deletions.ts';

const log = new Logger({ serviceName: 'api' });
const store = new S3ObjectStore({
  client: new S3Client({}),
  bucket: required('LAKE_BUCKET', 'the bucket that holds the lake'),
});
const queueUrl = optional('FORGET_QUEUE_URL');
const answer = apiHandler({
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

export function handler(event: unknown, context: Context): Promise<APIGatewayProxyStructuredResultV2> {
  log.addContext(context);
  return answer(event);
}
