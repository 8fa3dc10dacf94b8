import { Duration } from 'aws-cdk-lib';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

/** Of every queue here: encrypted, TLS only, and messages wait as long as SQS lets them. */
export const PATIENT_QUEUE = {
  encryption: sqs.QueueEncryption.SQS_MANAGED,
  enforceSSL: true,
  retentionPeriod: Duration.days(14),
} as const satisfies sqs.QueueProps;

export interface WorkQueueProps {
  /** Longest run of the function that works on the messages. */
  readonly consumerTimeout: Duration;
  /** How long messages are gathered before the function is called. @default none are gathered */
  readonly batchingWindow?: Duration;
}

/** Messages that a function works on, with a queue for what failed again and again. */
export class WorkQueue extends Construct {
  readonly queue: sqs.Queue;
  readonly deadLetters: sqs.Queue;

  constructor(scope: Construct, id: string, { consumerTimeout, batchingWindow }: WorkQueueProps) {
    super(scope, id);
    this.deadLetters = new sqs.Queue(this, 'DeadLetters', PATIENT_QUEUE);
    this.queue = new sqs.Queue(this, 'Queue', {
      ...PATIENT_QUEUE,
      // Six times the function's timeout and the window: Lambda retries throttled batches within that time.
      // https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
      visibilityTimeout: Duration.seconds(
        6 * consumerTimeout.toSeconds() + (batchingWindow?.toSeconds() ?? 0),
      ),
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: 5 },
    });
  }
}
