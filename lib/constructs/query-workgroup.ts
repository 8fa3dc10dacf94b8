import { type Duration, RemovalPolicy, type Size, Stack } from 'aws-cdk-lib';
import { CfnWorkGroup } from 'aws-cdk-lib/aws-athena';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';
import { PrivateBucket } from './private-bucket.ts';

export interface QueryWorkgroupProps {
  readonly name: string;
  readonly key: kms.IKey;
  readonly scanLimit: Size;
  /** Retention of query results. */
  readonly resultRetention: Duration;
}

/** Athena workgroup with a scan limit, and encrypted results that expire. */
export class QueryWorkgroup extends Construct {
  readonly resource: CfnWorkGroup;
  readonly results: PrivateBucket;

  constructor(scope: Construct, id: string, { name, key, scanLimit, resultRetention }: QueryWorkgroupProps) {
    super(scope, id);
    this.results = new PrivateBucket(this, 'Results', {
      retain: false, // Queries can be repeated.
      encryption: s3.BucketEncryption.KMS,
      encryptionKey: key,
      bucketKeyEnabled: true,
      lifecycleRules: [{ expiration: resultRetention }],
    });
    acknowledge(
      this.results,
      'AwsSolutions-S1',
      'Results expire after days; the query history and CloudTrail record the queries.',
    );

    this.resource = new CfnWorkGroup(this, 'Workgroup', {
      name,
      description: 'Queries of the Kinetrack lake.',
      recursiveDeleteOption: true,
      workGroupConfiguration: {
        // Otherwise clients could choose another result location and ignore the scan limit.
        enforceWorkGroupConfiguration: true,
        publishCloudWatchMetricsEnabled: true,
        bytesScannedCutoffPerQuery: scanLimit.toBytes(),
        engineVersion: { selectedEngineVersion: 'Athena engine version 3' },
        resultConfiguration: {
          outputLocation: `s3://${this.results.bucketName}/`,
          expectedBucketOwner: Stack.of(this).account,
          encryptionConfiguration: { encryptionOption: 'SSE_KMS', kmsKey: key.keyArn },
        },
      },
    });
    this.resource.applyRemovalPolicy(RemovalPolicy.DESTROY);
  }
}
