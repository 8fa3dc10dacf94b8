import { Duration } from 'aws-cdk-lib';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

export interface ArrivalsQueueProps {
  /** How long a consumer may hold a message before another one gets it. */
  readonly visibilityTimeout: Duration;
}

/**
 * What arrived in the lake and waits to be worked on, with a queue for what failed again and again.
 * It stands beside the bucket and not beside its consumer: a bucket of one stack that notified a queue
 * of a later one would make the two stacks depend on each other.
 */
export class ArrivalsQueue extends Construct {
  readonly queue: sqs.Queue;
  readonly deadLetters: sqs.Queue;

  constructor(scope: Construct, id: string, props: ArrivalsQueueProps) {
    super(scope, id);
    const common = {
      encryption: sqs.QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    };
    this.deadLetters = new sqs.Queue(this, 'DeadLetters', common);
    this.queue = new sqs.Queue(this, 'Queue', {
      ...common,
      visibilityTimeout: props.visibilityTimeout,
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: 5 },
    });
  }
}
