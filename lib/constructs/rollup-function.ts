import { HOURS_PREFIX, MINUTES_PREFIX, rawPrefix, TOMBSTONES_PREFIX } from '@kinetrack/schema';
import { Stack } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Construct } from 'constructs';
import type { ActivityLake } from '../activity-lake.ts';
import { ROLLUP_BATCHING_WINDOW, ROLLUP_TIMEOUT } from '../rollup-limits.ts';
import { acknowledgePrefix } from './acknowledge.ts';
import { KinetrackFunction } from './kinetrack-function.ts';
import { WorkQueue } from './work-queue.ts';

export interface RollupFunctionProps {
  readonly lake: ActivityLake;
  /** Number of slices of an hour. */
  readonly slices: number;
  /** Reserved concurrency. */
  readonly concurrency: number;
}

/** Recomputes the rollups of hours with new samples. */
export class RollupFunction extends Construct {
  readonly handler: KinetrackFunction;
  /** Slices waiting for their invocation; undefined if an invocation computes a whole hour. */
  readonly slices: WorkQueue | undefined;
  /** Failed hours and messages, which are returned to their queue. */
  readonly failures: cloudwatch.Metric;

  constructor(scope: Construct, id: string, { lake, slices, concurrency }: RollupFunctionProps) {
    super(scope, id);
    if (slices > 1) this.slices = new WorkQueue(this, 'Slices', { consumerTimeout: ROLLUP_TIMEOUT });
    this.handler = new KinetrackFunction(this, 'Handler', {
      name: 'rollup',
      description: 'Kinetrack: computes minute and hour rows from raw samples.',
      timeout: ROLLUP_TIMEOUT,
      reservedConcurrency: concurrency,
      environment: {
        LAKE_BUCKET: lake.bucket.bucketName,
        RAW_RETENTION_DAYS: String(lake.retention.raw.toDays()),
        SUMMARIES_TABLE: lake.summaries.tableName,
        SUMMARY_RETENTION_DAYS: String(lake.retention.summaries.toDays()),
        ROLLUP_SLICES: String(slices),
        ...(this.slices && { SLICES_QUEUE_URL: this.slices.queue.queueUrl }),
      },
    });
    this.failures = this.handler.loggedErrors();
    this.allowLake(lake);
    // Rows are compared by digest and written if they differ. Rows of deleted people are deleted.
    this.handler.allow(
      ['BatchGetItem', 'BatchWriteItem', 'DeleteItem', 'Query', 'UpdateItem'].map(
        (name) => `dynamodb:${name}`,
      ),
      [lake.summaries.tableArn],
    );
    if (this.slices) this.handler.allow(['sqs:SendMessage'], [this.slices.queue.queueArn]);
    this.consumeQueues(lake, concurrency);
  }

  private allowLake({ bucket, key }: ActivityLake): void {
    const { region, urlSuffix } = Stack.of(this);
    const samples = rawPrefix('sample');
    const objects = (prefix: string) => bucket.arnForObjects(`${prefix}*`);
    this.handler.allow(['s3:ListBucket'], [bucket.bucketArn], {
      StringLike: {
        's3:prefix': [samples, MINUTES_PREFIX, HOURS_PREFIX, TOMBSTONES_PREFIX].map((prefix) => `${prefix}*`),
      },
    });
    this.handler.allow(['s3:GetObject'], [objects(samples), objects(TOMBSTONES_PREFIX)]);
    this.handler.allow(['s3:DeleteObject', 's3:PutObject'], [objects(MINUTES_PREFIX), objects(HOURS_PREFIX)]);
    for (const prefix of [samples, TOMBSTONES_PREFIX, MINUTES_PREFIX, HOURS_PREFIX]) {
      acknowledgePrefix(
        this.handler.role,
        bucket,
        prefix,
        'Object keys below this prefix vary by date, hour, part and person.',
      );
    }
    this.handler.allow(['kms:Decrypt', 'kms:GenerateDataKey'], [key.keyArn], {
      StringEquals: { 'kms:ViaService': `s3.${region}.${urlSuffix}` },
    });
  }

  private consumeQueues(lake: ActivityLake, concurrency: number): void {
    // Together within the reserved concurrency, because throttled messages would count as failed. With
    // slices, processing new objects takes about a second, so it gets the minimum of Lambda.
    const forArrivals = this.slices ? 2 : concurrency;
    this.handler.function.addEventSource(
      new SqsEventSource(lake.sampleArrivals, {
        batchSize: 1000,
        maxBatchingWindow: ROLLUP_BATCHING_WINDOW,
        reportBatchItemFailures: true,
        maxConcurrency: forArrivals,
      }),
    );
    if (this.slices === undefined) return;
    this.handler.function.addEventSource(
      new SqsEventSource(this.slices.queue, {
        // A slice fills the memory of an invocation.
        batchSize: 1,
        reportBatchItemFailures: true,
        maxConcurrency: concurrency - forArrivals,
      }),
    );
  }
}
