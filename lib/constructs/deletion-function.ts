import { LAKE_PREFIXES } from '@kinetrack/schema';
import { Duration, Stack } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { ActivityLake } from '../activity-lake.ts';
import { acknowledgePrefix } from './acknowledge.ts';
import { KinetrackFunction } from './kinetrack-function.ts';
import { QUEUE_DEFAULTS } from './work-queue.ts';

export interface DeletionFunctionProps {
  readonly lake: ActivityLake;
  /** Retention of the stream, for the receipt. @default there is no stream */
  readonly streamRetention?: Duration;
}

/** The maximum of Lambda: a deletion reads the whole lake, and continues in the next invocation. */
const TIMEOUT = Duration.minutes(15);
const { raw, rollup, errors, screenshots, deletions } = LAKE_PREFIXES;
const PROGRESS = `${deletions}progress/`;

/**
 * Deletes people from a queue, and sweeps the lake daily for late events of deleted people. One deletion
 * runs at a time, because two could overwrite each other's changes to the same object.
 */
export class DeletionFunction extends Construct {
  readonly queue: sqs.Queue;
  /** Dead-letter queue: invalid requests, and requests that failed for days. */
  readonly deadLetters: sqs.Queue;
  readonly function: lambda.Function;

  constructor(scope: Construct, id: string, { lake, streamRetention }: DeletionFunctionProps) {
    super(scope, id);
    this.deadLetters = new sqs.Queue(this, 'DeadLetters', QUEUE_DEFAULTS);
    this.queue = new sqs.Queue(this, 'Queue', {
      ...QUEUE_DEFAULTS,
      // Waiting requests are throttled and received again after this time. Each receipt counts, so 1,000
      // receipts let a request wait for eleven days. Failures are visible as errors of the function.
      visibilityTimeout: TIMEOUT.plus(Duration.minutes(1)),
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: 1000 },
    });
    const { retention } = lake;
    const handler = new KinetrackFunction(this, 'Handler', {
      name: 'delete',
      description: 'Kinetrack: deletes all data of a person, and late events of deleted people.',
      timeout: TIMEOUT,
      reservedConcurrency: 1,
      environment: {
        LAKE_BUCKET: lake.bucket.bucketName,
        SUMMARIES_TABLE: lake.summaries.tableName,
        QUEUE_URL: this.queue.queueUrl,
        DEAD_LETTERS_URL: this.deadLetters.queueUrl,
        RAW_RETENTION_DAYS: String(retention.raw.toDays()),
        ROLLUP_RETENTION_DAYS: String(retention.rollups.toDays()),
        ERROR_RETENTION_DAYS: String(retention.errors.toDays()),
        QUERY_RESULT_DAYS: String(retention.queryResults.toDays()),
        ACCESS_LOG_DAYS: String(retention.accessLogs.toDays()),
        ...(streamRetention && { STREAM_RETENTION_HOURS: String(streamRetention.toHours()) }),
      },
    });
    this.function = handler.function;
    this.allowLake(handler, lake);
    handler.allow(
      ['dynamodb:BatchWriteItem', 'dynamodb:DeleteItem', 'dynamodb:Query'],
      [lake.summaries.tableArn],
    );
    handler.allow(['sqs:SendMessage'], [this.queue.queueArn, this.deadLetters.queueArn]);
    handler.function.addEventSource(new SqsEventSource(this.queue, { batchSize: 1 }));
    // Through the queue, so the sweep waits its turn and is retried.
    new events.Rule(this, 'Daily', {
      description: 'Deletes late events of deleted people.',
      schedule: events.Schedule.cron({ hour: '3', minute: '10' }),
      targets: [
        new targets.SqsQueue(this.queue, { message: events.RuleTargetInput.fromObject({ sweep: true }) }),
      ],
    });
  }

  private allowLake(handler: KinetrackFunction, { bucket, key }: ActivityLake): void {
    const { region, urlSuffix } = Stack.of(this);
    const all = [raw, rollup, errors, screenshots, deletions];
    const objects = (prefixes: readonly string[]) =>
      prefixes.map((prefix) => bucket.arnForObjects(`${prefix}*`));
    handler.allow(['s3:ListBucket', 's3:ListBucketVersions'], [bucket.bucketArn], {
      StringLike: { 's3:prefix': all.map((prefix) => `${prefix}*`) },
    });
    handler.allow(['s3:GetObject', 's3:PutObject'], objects([raw, rollup, errors, deletions]));
    // No permission to delete tombstones and receipts.
    handler.allow(
      ['s3:DeleteObject', 's3:DeleteObjectVersion'],
      objects([raw, rollup, errors, screenshots, PROGRESS]),
    );
    for (const prefix of [...all, PROGRESS]) {
      acknowledgePrefix(handler.role, bucket, prefix, 'Any object below this prefix can contain the person.');
    }
    handler.allow(['kms:Decrypt', 'kms:GenerateDataKey'], [key.keyArn], {
      StringEquals: { 'kms:ViaService': `s3.${region}.${urlSuffix}` },
    });
  }
}
