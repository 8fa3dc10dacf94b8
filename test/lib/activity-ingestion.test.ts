import assert from 'node:assert/strict';
import { Duration } from 'aws-cdk-lib';
import { Match, type Template } from 'aws-cdk-lib/assertions';
import { AccountRootPrincipal, Role } from 'aws-cdk-lib/aws-iam';
import { ActivityIngestion } from '../../lib/activity-ingestion.ts';
import { ActivityLake } from '../../lib/activity-lake.ts';
import { ActivitySource } from '../../lib/activity-source.ts';
import { templateWith } from '../support/cdk/synth.ts';
import { allowed, allowedTo, lineOf, onlyOf } from '../support/cdk/template.ts';

const ingestionFrom = (source?: ActivitySource): Template =>
  templateWith((stack) => {
    const lake = new ActivityLake(stack, 'Lake');
    const ingestion = new ActivityIngestion(stack, 'Way', { lake, ...(source && { source }) });
    const assumedBy = new AccountRootPrincipal();
    ingestion.grantSend(new Role(stack, 'Agent', { assumedBy, description: 'an agent' }));
  });

const stream = ingestionFrom();
const provisioned = ingestionFrom(
  ActivitySource.stream({ streamName: 'team-7', shardCount: 3, retention: Duration.days(7) }),
);
const direct = ingestionFrom(ActivitySource.direct());
const both = ingestionFrom(ActivitySource.both());

const linesOf = (template: Template) => allowed(template, 'Firehose').map(lineOf);
const ofAgents = (template: Template) =>
  allowedTo(template, ({ Description }) => Description === 'an agent').map(lineOf);
const firehosesOf = (template: Template) =>
  Object.entries(template.findResources('AWS::KinesisFirehose::DeliveryStream'));

const VIA_KINESIS =
  '{"StringEquals":{"kms:ViaService":"kinesis.<Region>.<URLSuffix>","kms:EncryptionContext:aws:kinesis:arn":"WayStream"}}';
const VIA_S3 = '{"StringEquals":{"kms:ViaService":"s3.<Region>.<URLSuffix>"}}';
const logStream = (delivery: string) =>
  `arn:<Partition>:logs:<Region>:<AccountId>:log-group:${delivery}Errors:log-stream:${delivery}S3Delivery`;

describe('the stream', () => {
  it('scales on demand, is encrypted with the key of the lake and keeps three days', () => {
    stream.hasResourceProperties('AWS::Kinesis::Stream', {
      Name: Match.absent(),
      RetentionPeriodHours: 72,
      ShardCount: Match.absent(),
      StreamModeDetails: { StreamMode: 'ON_DEMAND' },
      StreamEncryption: {
        EncryptionType: 'KMS',
        KeyId: { 'Fn::GetAtt': [onlyOf(stream, 'AWS::KMS::Key').id, 'Arn'] },
      },
    });
  });

  it('has the shards, the name and the memory that were asked for', () => {
    provisioned.hasResourceProperties('AWS::Kinesis::Stream', {
      Name: 'team-7',
      ShardCount: 3,
      StreamModeDetails: { StreamMode: 'PROVISIONED' },
      RetentionPeriodHours: 168,
    });
  });
});

describe('Firehose behind a stream', () => {
  it('reads the stream and reports what it cannot deliver', () => {
    stream.hasResourceProperties('AWS::KinesisFirehose::DeliveryStream', {
      DeliveryStreamType: 'KinesisStreamAsSource',
      KinesisStreamSourceConfiguration: {
        KinesisStreamARN: { 'Fn::GetAtt': [onlyOf(stream, 'AWS::Kinesis::Stream').id, 'Arn'] },
      },
      ExtendedS3DestinationConfiguration: {
        CloudWatchLoggingOptions: {
          Enabled: true,
          LogGroupName: { Ref: onlyOf(stream, 'AWS::Logs::LogGroup').id },
        },
      },
    });
  });

  it('partitions, compresses and buffers within what Firehose allows', () => {
    stream.hasResourceProperties('AWS::KinesisFirehose::DeliveryStream', {
      ExtendedS3DestinationConfiguration: {
        DynamicPartitioningConfiguration: { Enabled: true },
        BufferingHints: { SizeInMBs: 64, IntervalInSeconds: 300 },
        CompressionFormat: 'GZIP',
        Prefix: Match.stringLikeRegexp(
          '^raw/activity_type=!\\{partitionKeyFromQuery:activity_type\\}/dt=.*/hour=.*/$',
        ),
        ErrorOutputPrefix: Match.stringLikeRegexp('^errors/!\\{firehose:error-output-type\\}/'),
      },
    });
  });

  it('may read that stream, write below raw/ and errors/, report errors, and nothing more', () => {
    assert.deepEqual(linesOf(stream), [
      'kinesis:DescribeStream, kinesis:GetRecords, kinesis:GetShardIterator, kinesis:ListShards on WayStream',
      `kms:Decrypt on LakeKey if ${VIA_KINESIS}`,
      's3:GetBucketLocation, s3:ListBucket, s3:ListBucketMultipartUploads on LakeBucket',
      's3:AbortMultipartUpload, s3:GetObject, s3:PutObject on LakeBucket/errors/*, LakeBucket/raw/*',
      `kms:Decrypt, kms:GenerateDataKey on LakeKey if ${VIA_S3}`,
      `logs:PutLogEvents on ${logStream('WayDelivery')}`,
    ]);
  });

  it('has a role that is lent to Firehose for this account alone', () => {
    stream.hasResourceProperties('AWS::IAM::Role', {
      AssumeRolePolicyDocument: {
        Statement: [
          {
            Action: 'sts:AssumeRole',
            Effect: 'Allow',
            Principal: { Service: 'firehose.amazonaws.com' },
            Condition: { StringEquals: { 'sts:ExternalId': { Ref: 'AWS::AccountId' } } },
          },
        ],
      },
    });
  });
});

describe('Firehose alone', () => {
  it('accepts records itself, encrypted with the key of the lake, without a stream', () => {
    direct.resourceCountIs('AWS::Kinesis::Stream', 0);
    direct.hasResourceProperties('AWS::KinesisFirehose::DeliveryStream', {
      DeliveryStreamType: 'DirectPut',
      KinesisStreamSourceConfiguration: Match.absent(),
      DeliveryStreamEncryptionConfigurationInput: {
        KeyType: 'CUSTOMER_MANAGED_CMK',
        KeyARN: { 'Fn::GetAtt': [onlyOf(direct, 'AWS::KMS::Key').id, 'Arn'] },
      },
    });
  });

  it('delivers by the same configuration as behind a stream', () => {
    const destination = (template: Template) => {
      const { properties } = onlyOf(template, 'AWS::KinesisFirehose::DeliveryStream');
      const { BucketARN, RoleARN, CloudWatchLoggingOptions, ...rest } = Object(
        properties.ExtendedS3DestinationConfiguration,
      );
      assert.ok(BucketARN && RoleARN && CloudWatchLoggingOptions);
      return rest;
    };
    assert.deepEqual(destination(direct), destination(stream));
  });

  it('may write below raw/ and errors/, report errors, and nothing more', () => {
    assert.deepEqual(linesOf(direct), [
      's3:GetBucketLocation, s3:ListBucket, s3:ListBucketMultipartUploads on LakeBucket',
      's3:AbortMultipartUpload, s3:GetObject, s3:PutObject on LakeBucket/errors/*, LakeBucket/raw/*',
      `kms:Decrypt, kms:GenerateDataKey on LakeKey if ${VIA_S3}`,
      `logs:PutLogEvents on ${logStream('WayDirectDelivery')}`,
    ]);
  });
});

describe('a move from a stream to Firehose alone, or back', () => {
  it('leaves what is there as it is while both are there', () => {
    const before = stream.toJSON().Resources;
    const { Agent: _agent, ...during } = both.toJSON().Resources;
    for (const [id, resource] of Object.entries(before)) {
      if (!id.startsWith('Agent')) assert.deepEqual(during[id], resource, `${id} would change`);
    }
    for (const [id, firehose] of firehosesOf(direct)) {
      assert.deepEqual(firehosesOf(both).find(([other]) => other === id)?.[1], firehose);
    }
    assert.equal(firehosesOf(both).length, 2);
  });

  it('never turns one Firehose into the other, which AWS cannot', () => {
    const ids = new Set(firehosesOf(stream).map(([id]) => id));
    assert.ok(firehosesOf(direct).every(([id]) => !ids.has(id)));
  });
});

describe('an agent', () => {
  it('may put records into the stream, encrypted for that stream, and nothing more', () => {
    assert.deepEqual(ofAgents(stream), [
      'kinesis:PutRecords on WayStream',
      `kms:GenerateDataKey on LakeKey if ${VIA_KINESIS}`,
    ]);
  });

  it('may put batches into Firehose if there is no stream, and nothing more', () => {
    assert.deepEqual(ofAgents(direct), ['firehose:PutRecordBatch on WayDirectDeliveryFirehose']);
  });

  it('may send to both while both are there', () => {
    assert.deepEqual(new Set(ofAgents(both)), new Set([...ofAgents(stream), ...ofAgents(direct)]));
  });
});
