import { fileURLToPath } from 'node:url';
import { HOURS_PREFIX, MINUTES_PREFIX, rawPrefix } from '@kinetrack/schema';
import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { type BundlingOptions, NodejsFunction, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { DeploymentConfig } from '../config.ts';
import { ARRIVAL_CONSUMER_TIMEOUT, type Lake } from '../lake.ts';
import { acknowledgePrefix } from './acknowledge.ts';

export interface RollupFunctionProps {
  readonly config: DeploymentConfig;
  readonly lake: Lake;
}

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

const bundling: BundlingOptions = {
  format: OutputFormat.ESM,
  target: 'node24',
  mainFields: ['module', 'main'],
  minify: true,
  sourceMap: true,
  sourcesContent: false,
  // With the SDK inside, what was tested is what runs, whatever Lambda ships that day.
  externalModules: [],
};

/** Recomputes the rollups of the hours whose raw samples arrived. */
export class RollupFunction extends Construct {
  constructor(scope: Construct, id: string, { config, lake }: RollupFunctionProps) {
    super(scope, id);
    const logGroup = new logs.LogGroup(this, 'Logs', {
      retention: logs.RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const handler = new NodejsFunction(this, 'Function', {
      description: 'Kinetrack: raw samples to rows per minute and hour.',
      entry: path('../../lambdas/rollup/handler.ts'),
      projectRoot: path('../..'),
      depsLockFilePath: path('../../package-lock.json'),
      runtime: lambda.Runtime.NODEJS_24_X,
      architecture: lambda.Architecture.ARM_64,
      // 1,769 MB is one whole core, and the rollup uses one.
      memorySize: 1769,
      timeout: ARRIVAL_CONSUMER_TIMEOUT,
      reservedConcurrentExecutions: config.rollupConcurrency,
      role: this.role(lake, logGroup),
      logGroup,
      loggingFormat: lambda.LoggingFormat.JSON,
      environment: {
        LAKE_BUCKET: lake.bucket.bucketName,
        RAW_RETENTION_DAYS: String(config.rawRetentionDays),
        NODE_OPTIONS: '--enable-source-maps',
      },
      bundling,
    });
    handler.addEventSource(
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

  private role(lake: Lake, logGroup: logs.ILogGroup): iam.Role {
    const { region, urlSuffix } = Stack.of(this);
    const role = new iam.Role(this, 'Role', {
      description: 'Reads raw samples, writes rollups.',
      assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
    });
    const allow = (actions: string[], resources: string[], conditions: Record<string, unknown> = {}) =>
      role.addToPolicy(new iam.PolicyStatement({ actions, resources, conditions }));
    const samples = rawPrefix('sample');
    const objects = (prefix: string) => lake.bucket.arnForObjects(`${prefix}*`);

    allow(['s3:ListBucket'], [lake.bucket.bucketArn], { StringLike: { 's3:prefix': `${samples}*` } });
    allow(['s3:GetObject'], [objects(samples)]);
    allow(['s3:DeleteObject', 's3:PutObject'], [objects(MINUTES_PREFIX), objects(HOURS_PREFIX)]);
    for (const prefix of [samples, MINUTES_PREFIX, HOURS_PREFIX]) {
      acknowledgePrefix(role, lake.bucket, prefix, 'Objects come and go below it: dates, hours, parts.');
    }
    allow(['kms:Decrypt', 'kms:GenerateDataKey'], [lake.key.keyArn], {
      StringEquals: { 'kms:ViaService': `s3.${region}.${urlSuffix}` },
    });
    logGroup.grantWrite(role);
    return role;
  }
}
