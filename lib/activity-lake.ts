import { LAKE_PREFIXES } from '@kinetrack/schema';
import { RemovalPolicy } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { acknowledge } from './constructs/acknowledge.ts';
import { LakeBucket, VERSION_RETENTION } from './constructs/lake-bucket.ts';
import type { PrivateBucket } from './constructs/private-bucket.ts';
import { QUEUE_DEFAULTS, WorkQueue } from './constructs/work-queue.ts';
import { type LakeRetention, type ResolvedRetention, resolveRetention } from './retention.ts';
import { ROLLUP_BATCHING_WINDOW, ROLLUP_TIMEOUT } from './rollup-limits.ts';

export interface ActivityLakeProps {
  /**
   * Retention per data class. @default raw events and summaries 400 days, rollups 1100, screenshots and
   * errors 90
   */
  readonly retention?: LakeRetention;
  /**
   * Removal policy of bucket, access logs, key and summaries. DESTROY also empties the buckets.
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

/** All state: bucket, key, summaries and the queues of new objects. Everything else can be recreated. */
export class ActivityLake extends Construct {
  /** Encrypts the bucket, and the stream or Firehose. */
  readonly key: kms.Key;
  readonly bucket: PrivateBucket;
  /** Rows per person and hour: `pk` and `sk` are strings, `expires_at` is the TTL in epoch seconds. */
  readonly summaries: dynamodb.Table;
  /** One message per new raw object. The rollup ignores objects without samples. */
  readonly sampleArrivals: sqs.Queue;
  /** Dead-letter queue: messages that failed five times. */
  readonly sampleDeadLetters: sqs.Queue;
  /** One message per new object under `errors/`. It has no consumer: an alarm counts its messages. */
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
      // A retained lake is unreadable without its key.
      removalPolicy: this.removalPolicy,
    });
    const lake = new LakeBucket(this, 'Lake', { key: this.key, retention: this.retention, retain });
    this.bucket = lake.bucket;
    this.summaries = new SummariesTable(this, 'Summaries', { retain }).table;

    // Queues are defined here, not with their consumers. A bucket that notifies a queue in a later stack
    // would create a cycle between the two stacks.
    const samples = new WorkQueue(this, 'SampleArrivals', {
      consumerTimeout: ROLLUP_TIMEOUT,
      batchingWindow: ROLLUP_BATCHING_WINDOW,
    });
    this.sampleArrivals = samples.queue;
    this.sampleDeadLetters = samples.deadLetters;
    this.errorArrivals = new sqs.Queue(this, 'ErrorArrivals', QUEUE_DEFAULTS);
    acknowledge(
      this.errorArrivals,
      'AwsSolutions-SQS3',
      'The queue has no consumer that can fail; an alarm counts its incoming messages.',
    );
    // The prefix is `raw/`, not `raw/activity_type=sample/`. S3 requires special characters in filters,
    // such as `=`, to be percent-encoded, and a filter that matches nothing reports no error.
    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-filtering.html
    lake.notifyQueues({
      [LAKE_PREFIXES.raw]: this.sampleArrivals,
      [LAKE_PREFIXES.errors]: this.errorArrivals,
    });
  }
}

interface SummariesTableProps {
  /** Retains the table when the stack is deleted. */
  readonly retain: boolean;
}

/**
 * Rows per person and hour for the dashboard. The rollup function writes them; `expires_at` is their TTL.
 *
 * Encrypted with a key owned by DynamoDB: with the key of the lake, every function that reads a row would
 * need permissions for that key.
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
      // As long as the old versions in the bucket, so that deleted data disappears from both at the same
      // time.
      pointInTimeRecoverySpecification: {
        pointInTimeRecoveryEnabled: true,
        recoveryPeriodInDays: VERSION_RETENTION.toDays(),
      },
      deletionProtection: retain,
      removalPolicy: retain ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
  }
}
