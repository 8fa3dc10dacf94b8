/** What the templates deploy around the lake, on moto: bucket with its notifications, queues, tables, functions. */
import { PutBucketNotificationConfigurationCommand, type S3Client } from '@aws-sdk/client-s3';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import * as z from 'zod';
import { S3ObjectStore } from '../../../aws/stores/object-store.ts';
import { DynamoSummaryStore } from '../../../aws/stores/summary-store.ts';
import type { SummaryStore } from '../../../pipeline/lake/ports.ts';
import { afterTest } from '../../runner/running-test.ts';
import { tempDir } from '../../support/process/temp-dir.ts';
import { environmentOf, type FunctionName, invoke } from './lambda.ts';
import { type Moto, newBucket, newTable } from './moto.ts';
import type { SynthesizedStack } from './synthesized.ts';

const template = z.object({
  Resources: z.record(z.string(), z.object({ Type: z.string(), Properties: z.unknown().optional() })),
});
const notifyingBucket = z.object({
  NotificationConfiguration: z.object({
    QueueConfigurations: z.array(
      z.object({
        Event: z.literal('s3:ObjectCreated:*'),
        Queue: z.object({ 'Fn::GetAtt': z.tuple([z.string(), z.literal('Arn')]) }),
        Filter: z.object({
          S3Key: z.object({ Rules: z.array(z.object({ Name: z.literal('prefix'), Value: z.string() })) }),
        }),
      }),
    ),
  }),
});
const batchResponse = z.object({ batchItemFailures: z.array(z.object({ itemIdentifier: z.string() })) });

const QUEUES = ['SampleArrivals', 'ErrorArrivals', 'Slices', 'Deletion', 'Unknown'] as const;
export type QueueName = (typeof QUEUES)[number];

export class Deployment {
  private constructor(
    readonly lake: { readonly client: S3Client; readonly bucket: string },
    readonly store: S3ObjectStore,
    readonly summaries: SummaryStore,
    private readonly stacks: readonly SynthesizedStack[],
    private readonly sqs: SQSClient,
    private readonly queues: ReadonlyMap<QueueName, string>,
    /** Of every function, in place of what the template refers to. */
    private readonly env: Readonly<Record<string, string>>,
    private readonly dir: string,
  ) {}

  static async create(moto: Moto, stacks: readonly SynthesizedStack[]): Promise<Deployment> {
    const sqs = new SQSClient(moto.config);
    afterTest(() => sqs.destroy());
    const queues = new Map<QueueName, string>();
    for (const name of QUEUES) {
      const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: name }));
      queues.set(name, QueueUrl);
    }
    const { client, bucket } = await newBucket(moto);
    await announce(client, bucket, stacks, async (name) => arnOf(sqs, queues.get(name)));
    const { client: dynamo, table } = await newTable(moto, stacks, 'Summaries');
    const env = {
      ...moto.env,
      LAKE_BUCKET: bucket,
      SUMMARIES_TABLE: table,
      SLICES_QUEUE_URL: queues.get('Slices') ?? '',
      DELETION_QUEUE_URL: queues.get('Deletion') ?? '',
      // As the deletion function calls its own.
      QUEUE_URL: queues.get('Deletion') ?? '',
      DEAD_LETTERS_URL: queues.get('Unknown') ?? '',
    };
    const store = new S3ObjectStore({ client, bucket });
    const summaries = new DynamoSummaryStore({ client: dynamo, table, store });
    return new Deployment({ client, bucket }, store, summaries, stacks, sqs, queues, env, await tempDir());
  }

  /** The bodies of everything that waits in a queue; they are gone from it then. */
  async take(name: QueueName): Promise<readonly { readonly messageId: string; readonly body: string }[]> {
    const QueueUrl = this.queues.get(name);
    const taken: { messageId: string; body: string }[] = [];
    for (;;) {
      const { Messages = [] } = await this.sqs.send(
        new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }),
      );
      if (Messages.length === 0) return taken;
      for (const { MessageId: messageId = '', Body: body = '', ReceiptHandle } of Messages) {
        taken.push({ messageId, body });
        await this.sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
      }
    }
  }

  /** Calls a function with everything that waits in a queue, as the event source does; the number of messages. */
  async consume(queue: QueueName, name: FunctionName, logicalId: string): Promise<number> {
    const messages = await this.take(queue);
    if (messages.length === 0) return 0;
    const Records = messages.map((message) => ({ ...message, eventSource: 'aws:sqs' }));
    const answer = batchResponse.parse(await this.call(name, logicalId, { Records }));
    if (answer.batchItemFailures.length > 0) throw new Error(`messages failed: ${JSON.stringify(answer)}`);
    return messages.length;
  }

  /** @param logicalId of the function in the templates, or a part of it: its environment is taken from there */
  call(name: FunctionName, logicalId: string, event: unknown, clockAheadMs = 0): Promise<unknown> {
    const env = { ...environmentOf(this.stacks, logicalId), ...this.env };
    return invoke(name, event, { dir: this.dir, env, clockAheadMs });
  }
}

/** The notifications of the template's lake bucket. */
async function announce(
  client: S3Client,
  Bucket: string,
  stacks: readonly SynthesizedStack[],
  arn: (name: QueueName) => Promise<string>,
): Promise<void> {
  const [lake] = stacks
    .flatMap((stack) => Object.values(template.parse(stack.template).Resources))
    .filter(({ Type }) => Type === 'AWS::S3::Bucket')
    .flatMap(({ Properties }) => notifyingBucket.safeParse(Properties).data ?? []);
  if (lake === undefined) throw new Error('no bucket of the templates announces its objects');
  const configurations = lake.NotificationConfiguration.QueueConfigurations.map(async (configuration) => {
    const [logicalId] = configuration.Queue['Fn::GetAtt'];
    const name = QUEUES.find((queue) => logicalId.includes(queue));
    if (name === undefined) throw new Error(`no queue is known for ${logicalId}`);
    const FilterRules = configuration.Filter.S3Key.Rules.map(({ Value }) => ({
      Name: 'prefix' as const,
      Value,
    }));
    return {
      QueueArn: await arn(name),
      Events: [configuration.Event],
      Filter: { Key: { FilterRules } },
    };
  });
  await client.send(
    new PutBucketNotificationConfigurationCommand({
      Bucket,
      NotificationConfiguration: { QueueConfigurations: await Promise.all(configurations) },
    }),
  );
}

async function arnOf(sqs: SQSClient, QueueUrl: string | undefined): Promise<string> {
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }),
  );
  return Attributes?.QueueArn ?? '';
}
