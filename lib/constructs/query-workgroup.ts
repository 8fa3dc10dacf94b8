import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { CfnWorkGroup } from 'aws-cdk-lib/aws-athena';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type { DeploymentConfig } from '../config.ts';
import { acknowledge } from './acknowledge.ts';
import { PrivateBucket } from './private-bucket.ts';

export interface QueryWorkgroupProps {
  readonly config: DeploymentConfig;
  readonly key: kms.IKey;
}

/** Where Athena queries run: limited in what they scan, their results encrypted and deleted after days. */
export class QueryWorkgroup extends Construct {
  readonly name: string;

  constructor(scope: Construct, id: string, { config, key }: QueryWorkgroupProps) {
    super(scope, id);
    const results = new PrivateBucket(this, 'Results', {
      retain: false, // A result can be had again from the lake.
      encryption: s3.BucketEncryption.KMS,
      encryptionKey: key,
      bucketKeyEnabled: true,
      lifecycleRules: [{ expiration: Duration.days(config.resultRetentionDays) }],
    });
    acknowledge(
      results,
      'AwsSolutions-S1',
      'Holds copies for days; who queried what stands in the query history and in CloudTrail.',
    );

    this.name = config.databaseName;
    const workgroup = new CfnWorkGroup(this, 'Workgroup', {
      name: this.name,
      description: 'Queries over the Kinetrack lake.',
      recursiveDeleteOption: true,
      workGroupConfiguration: {
        // Otherwise a client could send its results elsewhere and scan without a limit.
        enforceWorkGroupConfiguration: true,
        publishCloudWatchMetricsEnabled: true,
        bytesScannedCutoffPerQuery: config.scanLimitMiB * 1024 * 1024,
        engineVersion: { selectedEngineVersion: 'Athena engine version 3' },
        resultConfiguration: {
          outputLocation: `s3://${results.bucketName}/`,
          expectedBucketOwner: Stack.of(this).account,
          encryptionConfiguration: { encryptionOption: 'SSE_KMS', kmsKey: key.keyArn },
        },
      },
    });
    workgroup.applyRemovalPolicy(RemovalPolicy.DESTROY);
  }
}
