import { LAKE_PREFIXES } from '@kinetrack/schema';
import { RemovalPolicy } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { acknowledge } from './constructs/acknowledge.ts';
import { HISTORY, LakeBucket } from './constructs/lake-bucket.ts';
import type { PrivateBucket } from './constructs/private-bucket.ts';
import { PATIENT_QUEUE, WorkQueue } from './constructs/work-queue.ts';
import { type LakeRetention, type ResolvedRetention, resolveRetention } from './retention.ts';
import { ROLLUP_BATCHING_WINDOW, ROLLUP_TIMEOUT } from './rollup-limits.ts';

export interface ActivityLakeProps {
  /** @default raw events for 400 days, rollups for 1100, summaries for 400, screenshots and errors for 90 */
  readonly retention?: LakeRetention;
  /**
   * What becomes of bucket, access logs, key and summaries when the construct is removed. With DESTROY the buckets
   * are emptied first.
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

/** Where activity rests: bucket, key, summaries, and the queues that say what arrived. All else can be made anew. */
export class ActivityLake extends Construct {
  /** Encrypts the bucket, and the stream or Firehose before it. */
  readonly key: kms.Key;
  readonly bucket: PrivateBucket;
  /** Rows per person and hour: `pk` and `sk` are strings, `expires_at` is the TTL in epoch seconds. */
  readonly summaries: dynamodb.Table;
  /** A message for every raw object; only samples make work. It stands beside the bucket: see `constructor`. */
  readonly sampleArrivals: sqs.Queue;
  /** Arrivals that failed five times. */
  readonly sampleDeadLetters: sqs.Queue;
  /** A message for every object of undeliverable records. Nobody has to consume it: alarms count what it is sent. */
  readonly errorArrivals: sqs.Queue;
  readonly retention: ResolvedRetention;
  readonly removalPolicy: RemovalPolicy;

  constructor(scope: Construct, id: string, props: ActivityLakeProps = {}) {
    super(scope, id);
    this.retention = resolveRetention(props.retention);
    this.removalPolicy = props.removalPolicy ?? RemovalPolicy.RETAIN;
    const retain = this.removalPolicy !== RemovalPolicy.DESTROY;

    this.key = new kms.Key(this, 'Key', {
      description: 'Encrypts activity data in the stream and in the lake.',
      enableKeyRotation: true,
      // Without it, a lake that was kept could not be read.
      removalPolicy: this.removalPolicy,
    });
    const lake = new LakeBucket(this, 'Lake', { key: this.key, retention: this.retention, retain });
    this.bucket = lake.bucket;
    this.summaries = new SummariesTable(this, 'Summaries', { retain }).table;

    // The queues stand here and not beside their consumers: a bucket of one stack that notified a queue of a later
    // one would make the two stacks depend on each other.
    const samples = new WorkQueue(this, 'SampleArrivals', {
      consumerTimeout: ROLLUP_TIMEOUT,
      batchingWindow: ROLLUP_BATCHING_WINDOW,
    });
    this.sampleArrivals = samples.queue;
    this.sampleDeadLetters = samples.deadLetters;
    this.errorArrivals = new sqs.Queue(this, 'ErrorArrivals', PATIENT_QUEUE);
    acknowledge(
      this.errorArrivals,
      'AwsSolutions-SQS3',
      'The queue has no consumer that can fail; an alarm counts its incoming messages.',
    );
    // Every raw object and not `raw/activity_type=sample/`: S3 wants a filter's special characters, `=` among them,
    // percent-encoded, and a filter that it reads otherwise than we do would announce nothing, without an error.
    // The rollup passes over what holds no samples.
    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-filtering.html
    lake.announce({ [LAKE_PREFIXES.raw]: this.sampleArrivals, [LAKE_PREFIXES.errors]: this.errorArrivals });
  }
}

interface SummariesTableProps {
  /** Whether the table survives the deletion of the stack. */
  readonly retain: boolean;
}

/**
 * Rows per person and hour, what dashboards read; the rollup function writes them, `expires_at` ends them.
 *
 * Encrypted with a key that DynamoDB owns and not with the lake's: the rows are a copy of what the lake holds, and
 * with the lake's key every function that reads a row would need rights on that key.
 */
class SummariesTable extends Construct {
  readonly table: dynamodb.Table;

  constructor(scope: Construct, id: string, { retain }: SummariesTableProps) {
    super(scope, id);
    this.table = new dynamodb.Table(this, 'Table', {
      partitionKey: { name: 'pk', type: dynamodb.AttributeType.STRING },
      sortKey: { name: 'sk', type: dynamodb.AttributeType.STRING },
      billingMode: dynamodb.BillingMode.PAY_PER_REQUEST,
      encryption: dynamodb.TableEncryption.DEFAULT,
      timeToLiveAttribute: 'expires_at',
      // As far back as old versions of the lake's objects, so that a deleted person is gone from both at once.
      pointInTimeRecoverySpecification: {
        pointInTimeRecoveryEnabled: true,
        recoveryPeriodInDays: HISTORY.toDays(),
      },
      deletionProtection: retain,
      removalPolicy: retain ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
  }
}
