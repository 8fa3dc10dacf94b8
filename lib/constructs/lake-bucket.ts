import { LAKE_PREFIXES } from '@kinetrack/schema';
import { Duration, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { DeploymentConfig } from '../config.ts';
import { acknowledge } from './acknowledge.ts';
import { PrivateBucket } from './private-bucket.ts';

export interface LakeBucketProps {
  readonly config: DeploymentConfig;
  readonly key: kms.IKey;
}

/** The lake: encrypted, versioned, logged, with an age at which each part of it is deleted. */
export class LakeBucket extends Construct {
  readonly bucket: PrivateBucket;

  constructor(scope: Construct, id: string, { config, key }: LakeBucketProps) {
    super(scope, id);
    const accessLogs = new PrivateBucket(this, 'AccessLogs', {
      retain: config.retainData,
      // S3 cannot write access logs into a bucket that is encrypted with a KMS key.
      encryption: s3.BucketEncryption.S3_MANAGED,
      lifecycleRules: [{ expiration: Duration.days(90) }],
    });
    acknowledge(accessLogs, 'AwsSolutions-S1', 'It holds the access logs: logging itself would never end.');

    this.bucket = new PrivateBucket(this, 'Bucket', {
      retain: config.retainData,
      encryption: s3.BucketEncryption.KMS,
      encryptionKey: key,
      bucketKeyEnabled: true,
      versioned: true,
      serverAccessLogsBucket: accessLogs,
      serverAccessLogsPrefix: 'lake/',
      lifecycleRules: [
        // Rollups are overwritten many times an hour: an old version helps for days, not for years.
        { noncurrentVersionExpiration: Duration.days(7), expiredObjectDeleteMarker: true },
        { prefix: LAKE_PREFIXES.raw, expiration: Duration.days(config.rawRetentionDays) },
        { prefix: LAKE_PREFIXES.rollup, expiration: Duration.days(config.rollupRetentionDays) },
        { prefix: LAKE_PREFIXES.errors, expiration: Duration.days(config.errorRetentionDays) },
      ],
    });
  }

  /**
   * Sends a message to the queue for every object that is created below the prefix.
   * On the resource itself and not by `addEventNotification`, which would deploy a Lambda function of the
   * CDK's own with the right to change the notifications of every bucket.
   */
  announce(prefix: string, queue: sqs.Queue): void {
    queue.addToResourcePolicy(
      new iam.PolicyStatement({
        principals: [new iam.ServicePrincipal('s3.amazonaws.com')],
        actions: ['sqs:SendMessage'],
        resources: [queue.queueArn],
        // The account and not the bucket: S3 tries the queue while it creates the bucket, so the policy
        // must exist first and cannot name it.
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    );
    const resource = this.bucket.node.defaultChild;
    if (!(resource instanceof s3.CfnBucket)) throw new TypeError('the lake bucket has lost its CfnBucket');
    resource.notificationConfiguration = {
      queueConfigurations: [
        {
          event: 's3:ObjectCreated:*',
          queue: queue.queueArn,
          filter: { s3Key: { rules: [{ name: 'prefix', value: prefix }] } },
        },
      ],
    };
    resource.node.addDependency(queue);
  }
}
