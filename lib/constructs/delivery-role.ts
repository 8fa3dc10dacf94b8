import { LAKE_PREFIXES } from '@kinetrack/schema';
import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kinesis from 'aws-cdk-lib/aws-kinesis';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as logs from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { acknowledgePrefix } from './acknowledge.ts';
import type { PrivateBucket } from './private-bucket.ts';

export interface DeliveryRoleProps {
  /** @default agents send to the Firehose itself */
  readonly source?: kinesis.IStream;
  readonly bucket: PrivateBucket;
  readonly key: kms.IKey;
  readonly logGroup: logs.ILogGroup;
  readonly logStream: logs.ILogStream;
}

/**
 * The statements that AWS lists for Firehose to S3, the objects narrowed to the prefixes that are written.
 * https://docs.aws.amazon.com/firehose/latest/dev/controlling-access.html#using-iam-s3
 */
export class DeliveryRole extends iam.Role {
  constructor(scope: Construct, id: string, props: DeliveryRoleProps) {
    super(scope, id, {
      description:
        props.source === undefined
          ? 'Lets Firehose write to the lake.'
          : 'Lets Firehose read the activity stream and write to the lake.',
      assumedBy: new iam.ServicePrincipal('firehose.amazonaws.com', {
        conditions: { StringEquals: { 'sts:ExternalId': Stack.of(scope).account } },
      }),
    });
    if (props.source !== undefined) this.readStream(props.source, props.key);
    this.writeLake(props.bucket, props.key);
    const { partition, region, account } = Stack.of(this);
    this.allow(
      ['logs:PutLogEvents'],
      [
        `arn:${partition}:logs:${region}:${account}:log-group:${props.logGroup.logGroupName}:log-stream:${props.logStream.logStreamName}`,
      ],
    );
  }

  private readStream(stream: kinesis.IStream, key: kms.IKey): void {
    const { region, urlSuffix } = Stack.of(this);
    this.allow(
      ['kinesis:DescribeStream', 'kinesis:GetShardIterator', 'kinesis:GetRecords', 'kinesis:ListShards'],
      [stream.streamArn],
    );
    this.allow(['kms:Decrypt'], [key.keyArn], {
      StringEquals: {
        'kms:ViaService': `kinesis.${region}.${urlSuffix}`,
        'kms:EncryptionContext:aws:kinesis:arn': stream.streamArn,
      },
    });
  }

  private writeLake(bucket: PrivateBucket, key: kms.IKey): void {
    const { region, urlSuffix } = Stack.of(this);
    this.allow(
      ['s3:GetBucketLocation', 's3:ListBucket', 's3:ListBucketMultipartUploads'],
      [bucket.bucketArn],
    );
    // The error prefix as well: a failed write of errors blocks delivery and is retried for ever.
    const written = [LAKE_PREFIXES.raw, LAKE_PREFIXES.errors];
    this.allow(
      ['s3:AbortMultipartUpload', 's3:GetObject', 's3:PutObject'],
      written.map((prefix) => bucket.arnForObjects(`${prefix}*`)),
    );
    for (const prefix of written) {
      acknowledgePrefix(this, bucket, prefix, 'Firehose generates the object names below this prefix.');
    }
    this.allow(['kms:Decrypt', 'kms:GenerateDataKey'], [key.keyArn], {
      StringEquals: { 'kms:ViaService': `s3.${region}.${urlSuffix}` },
    });
  }

  private allow(actions: string[], resources: string[], conditions: Record<string, unknown> = {}): void {
    this.addToPolicy(new iam.PolicyStatement({ actions, resources, conditions }));
  }
}
