import { LAKE_PREFIXES } from '@kinetrack/schema';
import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kinesis from 'aws-cdk-lib/aws-kinesis';
import { CfnDeliveryStream } from 'aws-cdk-lib/aws-kinesisfirehose';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { deliveryConfiguration } from '../../pipeline/delivery.ts';
import { acknowledge, acknowledgePrefix } from './acknowledge.ts';
import type { PrivateBucket } from './private-bucket.ts';

export interface DeliveryStreamProps {
  readonly source: kinesis.IStream;
  readonly bucket: PrivateBucket;
  /** Encrypts both the stream and the bucket. */
  readonly key: kms.IKey;
}

/**
 * Firehose from the stream to the lake, by the delivery specification that the local pipeline runs too.
 *
 * Dynamic partitioning can be switched on only when a Firehose is created. Keys and prefixes can be edited
 * in place; a change that CloudFormation refuses needs a new construct id here, never a manual deletion:
 * the stream keeps the records meanwhile.
 */
export class DeliveryStream extends Construct {
  readonly name: string;

  constructor(scope: Construct, id: string, props: DeliveryStreamProps) {
    super(scope, id);
    const logGroup = new logs.LogGroup(this, 'Errors', {
      retention: logs.RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const logStream = new logs.LogStream(this, 'S3Delivery', {
      logGroup,
      logStreamName: 'S3Delivery',
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = this.deliveryRole(props, logGroup, logStream);

    const firehose = new CfnDeliveryStream(this, 'Firehose', {
      deliveryStreamType: 'KinesisStreamAsSource',
      kinesisStreamSourceConfiguration: { kinesisStreamArn: props.source.streamArn, roleArn: role.roleArn },
    });
    // The specification already has CloudFormation's form: it enters the template as it stands.
    firehose.addPropertyOverride(
      'ExtendedS3DestinationConfiguration',
      deliveryConfiguration({
        bucketArn: props.bucket.bucketArn,
        roleArn: role.roleArn,
        logging: { logGroupName: logGroup.logGroupName, logStreamName: logStream.logStreamName },
      }),
    );
    // Firehose tries the role while it is created: its policy must be attached by then.
    firehose.node.addDependency(role);
    this.name = firehose.ref;
    acknowledge(
      firehose,
      'AwsSolutions-KDF1',
      'Firehose refuses its own encryption with a Kinesis source; records rest encrypted in that stream.',
    );
  }

  /**
   * The statements that AWS lists for Kinesis to S3, the objects narrowed to the prefixes that are written.
   * https://docs.aws.amazon.com/firehose/latest/dev/controlling-access.html#using-iam-s3
   */
  private deliveryRole(
    props: DeliveryStreamProps,
    logGroup: logs.LogGroup,
    logStream: logs.LogStream,
  ): iam.Role {
    const { partition, account, region, urlSuffix } = Stack.of(this);
    const role = new iam.Role(this, 'Role', {
      description: 'Reads the activity stream and writes the lake; used by Firehose alone.',
      assumedBy: new iam.ServicePrincipal('firehose.amazonaws.com', {
        conditions: { StringEquals: { 'sts:ExternalId': account } },
      }),
    });
    const allow = (actions: string[], resources: string[], conditions: Record<string, unknown> = {}) =>
      role.addToPolicy(new iam.PolicyStatement({ actions, resources, conditions }));

    allow(
      ['kinesis:DescribeStream', 'kinesis:GetShardIterator', 'kinesis:GetRecords', 'kinesis:ListShards'],
      [props.source.streamArn],
    );
    allow(['kms:Decrypt'], [props.key.keyArn], {
      StringEquals: {
        'kms:ViaService': `kinesis.${region}.${urlSuffix}`,
        'kms:EncryptionContext:aws:kinesis:arn': props.source.streamArn,
      },
    });
    allow(
      ['s3:GetBucketLocation', 's3:ListBucket', 's3:ListBucketMultipartUploads'],
      [props.bucket.bucketArn],
    );
    // The error prefix as well: a failed write of errors blocks delivery and is retried for ever.
    const written = [LAKE_PREFIXES.raw, LAKE_PREFIXES.errors];
    allow(
      ['s3:AbortMultipartUpload', 's3:GetObject', 's3:PutObject'],
      written.map((prefix) => props.bucket.arnForObjects(`${prefix}*`)),
    );
    for (const prefix of written) {
      acknowledgePrefix(
        role,
        props.bucket,
        prefix,
        'Firehose names the objects; it may write below this prefix.',
      );
    }
    allow(['kms:Decrypt', 'kms:GenerateDataKey'], [props.key.keyArn], {
      StringEquals: { 'kms:ViaService': `s3.${region}.${urlSuffix}` },
    });
    allow(
      ['logs:PutLogEvents'],
      [
        `arn:${partition}:logs:${region}:${account}:log-group:${logGroup.logGroupName}:log-stream:${logStream.logStreamName}`,
      ],
    );
    return role;
  }
}
