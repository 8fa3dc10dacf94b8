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
  /** @default agents send directly to the Firehose */
  readonly source?: kinesis.IStream;
  readonly bucket: PrivateBucket;
  /** Encrypts the bucket and the stream. */
  readonly key: kms.IKey;
}

/**
 * Firehose to the lake, from the delivery specification that the local pipeline also uses.
 *
 * Dynamic partitioning can only be enabled when a Firehose is created, and its source cannot be changed.
 * Keys and prefixes can be updated in place. If CloudFormation rejects an update, change the construct ID
 * instead of deleting the Firehose: the stream buffers the records meanwhile.
 */
export class DeliveryStream extends Construct {
  readonly name: string;
  readonly arn: string;

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
    const role = new DeliveryRole(this, 'Role', { ...props, logGroup, logStream });

    const firehose = new CfnDeliveryStream(this, 'Firehose', this.input(props, role));
    // The specification has the form of CloudFormation, so it is used unchanged.
    firehose.addPropertyOverride(
      'ExtendedS3DestinationConfiguration',
      deliveryConfiguration({
        bucketArn: props.bucket.bucketArn,
        roleArn: role.roleArn,
        logging: { logGroupName: logGroup.logGroupName, logStreamName: logStream.logStreamName },
      }),
    );
    // Firehose validates the role at creation: its policy must be attached by then.
    firehose.node.addDependency(role);
    this.name = firehose.ref;
    this.arn = firehose.attrArn;
    if (props.source !== undefined) {
      acknowledge(
        firehose,
        'AwsSolutions-KDF1',
        'Firehose does not support its own encryption with a Kinesis source; the stream encrypts the records.',
      );
    }
  }

  private input({ source, key }: DeliveryStreamProps, role: DeliveryRole) {
    if (source === undefined) {
      return {
        deliveryStreamType: 'DirectPut',
        // The creator of the Firehose grants it the key, so its role and its senders need no permissions.
        deliveryStreamEncryptionConfigurationInput: { keyType: 'CUSTOMER_MANAGED_CMK', keyArn: key.keyArn },
      };
    }
    return {
      deliveryStreamType: 'KinesisStreamAsSource',
      kinesisStreamSourceConfiguration: { kinesisStreamArn: source.streamArn, roleArn: role.roleArn },
    };
  }
}

interface DeliveryRoleProps {
  /** @default agents send directly to the Firehose */
  readonly source?: kinesis.IStream;
  readonly bucket: PrivateBucket;
  readonly key: kms.IKey;
  readonly logGroup: logs.ILogGroup;
  readonly logStream: logs.ILogStream;
}

/**
 * The permissions in the Firehose documentation for S3, restricted to the written prefixes.
 * https://docs.aws.amazon.com/firehose/latest/dev/controlling-access.html#using-iam-s3
 */
class DeliveryRole extends iam.Role {
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
    // Including the error prefix: Firehose retries a failed write of errors forever and blocks delivery.
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
