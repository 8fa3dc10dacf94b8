import { LAKE_PREFIXES, RECEIPTS_PREFIX } from '@kinetrack/schema';
import { Duration, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { type ResolvedRetention, receiptRetention } from '../retention.ts';
import { acknowledge } from './acknowledge.ts';
import { PrivateBucket } from './private-bucket.ts';

/** Retention of overwritten and deleted objects. */
export const VERSION_RETENTION = Duration.days(7);

export interface LakeBucketProps {
  readonly key: kms.IKey;
  readonly retention: ResolvedRetention;
  /** Retains the bucket and its access logs when the stack is deleted. */
  readonly retain: boolean;
}

/** The bucket of the lake: encrypted, versioned, with access logs and a retention per prefix. */
export class LakeBucket extends Construct {
  readonly bucket: PrivateBucket;

  constructor(scope: Construct, id: string, { key, retention, retain }: LakeBucketProps) {
    super(scope, id);
    const accessLogs = new PrivateBucket(this, 'AccessLogs', {
      retain,
      // S3 cannot write access logs to a bucket with KMS encryption.
      encryption: s3.BucketEncryption.S3_MANAGED,
      lifecycleRules: [{ expiration: retention.accessLogs }],
    });
    acknowledge(
      accessLogs,
      'AwsSolutions-S1',
      'The bucket contains the access logs; logging its own access would never end.',
    );

    this.bucket = new PrivateBucket(this, 'Bucket', {
      retain,
      encryption: s3.BucketEncryption.KMS,
      encryptionKey: key,
      bucketKeyEnabled: true,
      versioned: true,
      lifecycleRules: [
        // Rollups are overwritten many times an hour; old versions are useful for days only.
        { noncurrentVersionExpiration: VERSION_RETENTION, expiredObjectDeleteMarker: true },
        { prefix: LAKE_PREFIXES.raw, expiration: retention.raw },
        { prefix: LAKE_PREFIXES.rollup, expiration: retention.rollups },
        { prefix: LAKE_PREFIXES.errors, expiration: retention.errors },
        { prefix: LAKE_PREFIXES.screenshots, expiration: retention.screenshots },
        // Only the receipts in deletions/. Tombstones and their salt are a few bytes per person, contain no
        // name and must exclude late events permanently.
        { prefix: RECEIPTS_PREFIX, expiration: receiptRetention(retention) },
      ],
    });
    this.logTo(accessLogs);
  }

  /**
   * A bucket policy instead of `serverAccessLogsBucket`, which requires ACLs unless the app sets a feature
   * flag.
   */
  private logTo(accessLogs: PrivateBucket): void {
    accessLogs.addToResourcePolicy(
      new iam.PolicyStatement({
        principals: [new iam.ServicePrincipal('logging.s3.amazonaws.com')],
        actions: ['s3:PutObject'],
        resources: [accessLogs.arnForObjects('lake/*')],
        conditions: {
          ArnLike: { 'aws:SourceArn': this.bucket.bucketArn },
          StringEquals: { 'aws:SourceAccount': Stack.of(this).account },
        },
      }),
    );
    this.resource.loggingConfiguration = {
      destinationBucketName: accessLogs.bucketName,
      logFilePrefix: 'lake/',
    };
  }

  private get resource(): s3.CfnBucket {
    const resource = this.bucket.node.defaultChild;
    if (resource instanceof s3.CfnBucket) return resource;
    throw new TypeError('the lake bucket has no CfnBucket');
  }

  /**
   * Sends a message to the queue of a prefix for each new object. Set on the resource, because
   * `addEventNotification` deploys a Lambda function that may change the notifications of every bucket.
   */
  notifyQueues(queues: Readonly<Record<string, sqs.Queue>>): void {
    for (const queue of Object.values(queues)) {
      queue.addToResourcePolicy(
        new iam.PolicyStatement({
          principals: [new iam.ServicePrincipal('s3.amazonaws.com')],
          actions: ['sqs:SendMessage'],
          resources: [queue.queueArn],
          // The account, not the bucket: S3 validates the queue while it creates the bucket, so the policy
          // must exist first.
          conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
        }),
      );
      this.resource.node.addDependency(queue);
    }
    this.resource.notificationConfiguration = {
      queueConfigurations: Object.entries(queues).map(([prefix, queue]) => ({
        event: 's3:ObjectCreated:*',
        queue: queue.queueArn,
        filter: { s3Key: { rules: [{ name: 'prefix', value: prefix }] } },
      })),
    };
  }
}
