/** Opens the dependencies of the acceptance check in a deployment. */
import { AthenaClient } from '@aws-sdk/client-athena';
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { firehoseSink, kinesisSink, type Sink } from '@kinetrack/agent';
import { clientSettings } from '../client-settings.ts';
import { type Deployment, findDeployment } from '../deployment.ts';
import { S3ObjectStore } from '../stores/object-store.ts';
import { AthenaEngine } from '../stores/query-engine.ts';
import { DynamoSummaryStore } from '../stores/summary-store.ts';
import type { AcceptanceDependencies } from './run.ts';

export interface OpenAcceptanceOptions {
  readonly stack: string;
  /** @defaultValue AWS_REGION or the profile */
  readonly region?: string | undefined;
  /** ms since 1970. */
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  readonly newId: () => string;
}

/** Rejects with DeploymentNotFound or an SDK error. Endpoints are configurable as for all AWS tools. */
export async function openAcceptance(options: OpenAcceptanceOptions): Promise<AcceptanceDependencies> {
  const settings = await clientSettings({ region: options.region });
  const deployment = await findDeployment(new CloudFormationClient(settings), options.stack);
  const store = new S3ObjectStore({
    client: new S3Client(settings),
    bucket: deployment.require('LakeBucketName'),
  });
  const sink = sinkOf(deployment, options.region === undefined ? {} : { region: options.region });
  const sqs = new SQSClient(settings);
  return {
    ...{ store, now: options.now, sleep: options.sleep, newId: options.newId },
    send: (lines) => sendAll(sink, lines),
    query: new AthenaEngine({
      client: new AthenaClient(settings),
      workgroup: deployment.require('WorkgroupName'),
      database: deployment.require('DatabaseName'),
      sleep: options.sleep,
    }),
    summaries: new DynamoSummaryStore({
      client: new DynamoDBClient(settings),
      table: deployment.require('SummariesTableName'),
      store,
    }),
    async deletePerson(userId) {
      const request = { id: options.newId(), user_id: userId, requested_by: 'acceptance' };
      const QueueUrl = deployment.require('DeletionQueueUrl');
      await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify({ delete: request }) }));
      return `deletion requested; the receipt will be deletions/receipts/${request.id}.json, about 15 minutes after the deletion`;
    },
  };
}

/** The entry of the deployment: the stream, or Firehose without a stream. */
function sinkOf(deployment: Deployment, settings: { readonly region?: string }): Sink {
  const streamName = deployment.find('StreamName');
  if (streamName !== undefined) return kinesisSink({ streamName, ...settings });
  return firehoseSink({ deliveryStreamName: deployment.require('DeliveryStreamName'), ...settings });
}

async function sendAll(sink: Sink, lines: readonly string[]): Promise<void> {
  try {
    const outcomes = await sink.send(lines.map((line, index) => ({ id: index + 1, line })));
    for (const outcome of outcomes) {
      if (outcome.status !== 'delivered') throw new Error(`${sink.name}: ${outcome.reason}`);
    }
  } finally {
    await sink.close();
  }
}
