import { Duration } from 'aws-cdk-lib';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

/** Defaults of all queues: encrypted, TLS only, with the maximum retention of SQS. */
export const QUEUE_DEFAULTS = {
  encryption: sqs.QueueEncryption.SQS_MANAGED,
  enforceSSL: true,
  retentionPeriod: Duration.days(14),
} as const satisfies sqs.QueueProps;

export interface WorkQueueProps {
  /** Timeout of the function that processes the messages. */
  readonly consumerTimeout: Duration;
  /** Maximum time to gather a batch. @default no gathering */
  readonly batchingWindow?: Duration;
}

/** A queue for a function, with a dead-letter queue. */
export class WorkQueue extends Construct {
  readonly queue: sqs.Queue;
  readonly deadLetters: sqs.Queue;

  constructor(scope: Construct, id: string, { consumerTimeout, batchingWindow }: WorkQueueProps) {
    super(scope, id);
    this.deadLetters = new sqs.Queue(this, 'DeadLetters', QUEUE_DEFAULTS);
    this.queue = new sqs.Queue(this, 'Queue', {
      ...QUEUE_DEFAULTS,
      // Six times the function timeout plus the batching window: Lambda retries throttled batches within
      // that time.
      // https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
      visibilityTimeout: Duration.seconds(
        6 * consumerTimeout.toSeconds() + (batchingWindow?.toSeconds() ?? 0),
      ),
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: 5 },
    });
  }
}
