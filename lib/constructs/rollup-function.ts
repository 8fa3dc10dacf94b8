import { HOURS_PREFIX, MINUTES_PREFIX, rawPrefix } from '@kinetrack/schema';
import { Duration, Stack } from 'aws-cdk-lib';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Construct } from 'constructs';
import type { DeploymentConfig } from '../config.ts';
import { ARRIVAL_CONSUMER_TIMEOUT, type Lake } from '../lake.ts';
import { acknowledgePrefix } from './acknowledge.ts';
import { KinetrackFunction } from './kinetrack-function.ts';

export interface RollupFunctionProps {
  readonly config: DeploymentConfig;
  readonly lake: Lake;
}

/** Recomputes the rollups of the hours whose raw samples arrived. */
export class RollupFunction extends Construct {
  constructor(scope: Construct, id: string, { config, lake }: RollupFunctionProps) {
    super(scope, id);
    const handler = new KinetrackFunction(this, 'Handler', {
      name: 'rollup',
      description: 'Kinetrack: raw samples to rows per minute and hour.',
      timeout: ARRIVAL_CONSUMER_TIMEOUT,
      reservedConcurrency: config.rollupConcurrency,
      environment: {
        LAKE_BUCKET: lake.bucket.bucketName,
        RAW_RETENTION_DAYS: String(config.rawRetentionDays),
      },
    });
    const { region, urlSuffix } = Stack.of(this);
    const samples = rawPrefix('sample');
    const objects = (prefix: string) => lake.bucket.arnForObjects(`${prefix}*`);
    handler.allow(['s3:ListBucket'], [lake.bucket.bucketArn], { StringLike: { 's3:prefix': `${samples}*` } });
    handler.allow(['s3:GetObject'], [objects(samples)]);
    handler.allow(['s3:DeleteObject', 's3:PutObject'], [objects(MINUTES_PREFIX), objects(HOURS_PREFIX)]);
    for (const prefix of [samples, MINUTES_PREFIX, HOURS_PREFIX]) {
      acknowledgePrefix(
        handler.role,
        lake.bucket,
        prefix,
        'Objects come and go below it: dates, hours, parts.',
      );
    }
    handler.allow(['kms:Decrypt', 'kms:GenerateDataKey'], [lake.key.keyArn], {
      StringEquals: { 'kms:ViaService': `s3.${region}.${urlSuffix}` },
    });
    handler.function.addEventSource(
      new SqsEventSource(lake.sampleArrivals, {
        batchSize: 1000,
        // One object per hour, fleet and buffer: waiting a minute lets many of them share a recomputation.
        maxBatchingWindow: Duration.minutes(1),
        reportBatchItemFailures: true,
        // Not more than are reserved: messages that are throttled would count as failed.
        maxConcurrency: config.rollupConcurrency,
      }),
    );
  }
}
