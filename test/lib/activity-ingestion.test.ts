import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Match } from 'aws-cdk-lib/assertions';
import { synth } from '../support/synth.ts';
import { allowed, onlyOf } from '../support/template.ts';

const { ingestion } = synth();
const provisioned = synth({
  context: {
    'kinetrack:streamMode': 'provisioned',
    'kinetrack:shards': 3,
    'kinetrack:streamName': 'team-7',
    'kinetrack:rawRetentionDays': 40,
    'kinetrack:retainData': false,
  },
}).ingestion;

const lakeBucket = { VersioningConfiguration: { Status: 'Enabled' } };

describe('the stream', () => {
  it('scales on demand, is encrypted with the key of the lake and keeps three days', () => {
    const key = onlyOf(ingestion, 'AWS::KMS::Key');
    ingestion.hasResourceProperties('AWS::Kinesis::Stream', {
      Name: 'activity',
      RetentionPeriodHours: 72,
      ShardCount: Match.absent(),
      StreamModeDetails: { StreamMode: 'ON_DEMAND' },
      StreamEncryption: { EncryptionType: 'KMS', KeyId: { 'Fn::GetAtt': [key.id, 'Arn'] } },
    });
    assert.equal(key.properties.EnableKeyRotation, true);
  });

  it('has the shards and the name that were asked for', () => {
    provisioned.hasResourceProperties('AWS::Kinesis::Stream', {
      Name: 'team-7',
      ShardCount: 3,
      StreamModeDetails: { StreamMode: 'PROVISIONED' },
    });
  });
});

describe('the lake bucket', () => {
  it('is private, encrypted, versioned and logged', () => {
    ingestion.hasResourceProperties('AWS::S3::Bucket', {
      ...lakeBucket,
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [
          {
            BucketKeyEnabled: true,
            ServerSideEncryptionByDefault: {
              SSEAlgorithm: 'aws:kms',
              KMSMasterKeyID: { 'Fn::GetAtt': [onlyOf(ingestion, 'AWS::KMS::Key').id, 'Arn'] },
            },
          },
        ],
      },
      LoggingConfiguration: { LogFilePrefix: 'lake/' },
    });
  });

  it('refuses everything that does not come over TLS 1.2, as does the bucket of its access logs', () => {
    const buckets = Object.keys(ingestion.findResources('AWS::S3::Bucket'));
    assert.equal(buckets.length, 2);
    for (const bucket of buckets) {
      ingestion.hasResourceProperties('AWS::S3::BucketPolicy', {
        Bucket: { Ref: bucket },
        PolicyDocument: {
          Statement: Match.arrayWith([
            Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
            Match.objectLike({ Effect: 'Deny', Condition: { NumericLessThan: { 's3:TlsVersion': 1.2 } } }),
          ]),
        },
      });
    }
  });

  it('deletes each part of the lake at its own age', () => {
    const rule = (Prefix: string, ExpirationInDays: number) =>
      Match.objectLike({ Prefix, ExpirationInDays, Status: 'Enabled' });
    const rules = (raw: number) => ({
      ...lakeBucket,
      LifecycleConfiguration: {
        Rules: Match.arrayWith([
          Match.objectLike({ NoncurrentVersionExpiration: { NoncurrentDays: 7 } }),
          rule('raw/', raw),
          rule('rollup/', 1100),
          rule('errors/', 90),
        ]),
      },
    });
    ingestion.hasResourceProperties('AWS::S3::Bucket', rules(400));
    provisioned.hasResourceProperties('AWS::S3::Bucket', rules(40));
  });

  it('survives the stack with its key, unless that is not wanted', () => {
    const kept = { DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' };
    ingestion.allResources('AWS::S3::Bucket', Match.objectLike(kept));
    ingestion.allResources('AWS::KMS::Key', Match.objectLike(kept));
    ingestion.resourceCountIs('Custom::S3AutoDeleteObjects', 0);
    provisioned.allResources('AWS::S3::Bucket', Match.objectLike({ DeletionPolicy: 'Delete' }));
    provisioned.allResources('AWS::KMS::Key', Match.objectLike({ DeletionPolicy: 'Delete' }));
    provisioned.resourceCountIs('Custom::S3AutoDeleteObjects', 2);
  });
});

describe('the announcement of samples', () => {
  const queue = Object.entries(
    ingestion.findResources('AWS::SQS::Queue', { Properties: { RedrivePolicy: Match.anyValue() } }),
  );

  it('sends a message for each new raw object of a sample, and for nothing else', () => {
    ingestion.hasResourceProperties('AWS::S3::Bucket', {
      ...lakeBucket,
      NotificationConfiguration: {
        QueueConfigurations: [
          {
            Event: 's3:ObjectCreated:*',
            Filter: { S3Key: { Rules: [{ Name: 'prefix', Value: 'raw/activity_type=sample/' }] } },
            Queue: { 'Fn::GetAtt': [queue[0]?.[0], 'Arn'] },
          },
        ],
      },
    });
  });

  it('creates the bucket only after the policy that lets S3 of this account send', () => {
    const [policy] = Object.keys(
      ingestion.findResources('AWS::SQS::QueuePolicy', {
        Properties: {
          Queues: [{ Ref: queue[0]?.[0] }],
          PolicyDocument: {
            Statement: Match.arrayWith([
              {
                Effect: 'Allow',
                Action: 'sqs:SendMessage',
                Principal: { Service: 's3.amazonaws.com' },
                Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
                Resource: { 'Fn::GetAtt': [queue[0]?.[0], 'Arn'] },
              },
            ]),
          },
        },
      }),
    );
    assert.ok(policy);
    ingestion.hasResource('AWS::S3::Bucket', {
      Properties: lakeBucket,
      DependsOn: Match.arrayWith([policy]),
    });
  });

  it('keeps messages two weeks and sets aside what failed five times', () => {
    ingestion.allResourcesProperties('AWS::SQS::Queue', {
      MessageRetentionPeriod: 14 * 24 * 3600,
      SqsManagedSseEnabled: true,
    });
    ingestion.hasResourceProperties('AWS::SQS::Queue', { RedrivePolicy: { maxReceiveCount: 5 } });
  });
});

describe('the role of Firehose', () => {
  const statements = allowed(ingestion, 'Firehose');
  const objects = (prefix: string) => new RegExp(`/${prefix}\\*`);

  it('writes below raw/ and errors/ and nowhere else', () => {
    const write = statements.find(({ actions }) => actions.includes('s3:PutObject'));
    assert.ok(write);
    assert.equal(write.resources.length, 2);
    assert.ok(write.resources.some((resource) => objects('raw/').test(resource)));
    assert.ok(write.resources.some((resource) => objects('errors/').test(resource)));
  });

  it('may do what is listed here and nothing more', () => {
    assert.deepEqual(
      new Set(statements.flatMap(({ actions }) => actions)),
      new Set([
        'kinesis:DescribeStream',
        'kinesis:GetRecords',
        'kinesis:GetShardIterator',
        'kinesis:ListShards',
        'kms:Decrypt',
        'kms:GenerateDataKey',
        'logs:PutLogEvents',
        's3:AbortMultipartUpload',
        's3:GetBucketLocation',
        's3:GetObject',
        's3:ListBucket',
        's3:ListBucketMultipartUploads',
        's3:PutObject',
      ]),
    );
    assert.ok(statements.every(({ resources }) => !resources.includes('*')));
  });

  it('is lent to Firehose for this account alone', () => {
    ingestion.hasResourceProperties('AWS::IAM::Role', {
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

describe('Firehose', () => {
  it('reads the stream and reports what it cannot deliver', () => {
    const stream = onlyOf(ingestion, 'AWS::Kinesis::Stream');
    ingestion.hasResourceProperties('AWS::KinesisFirehose::DeliveryStream', {
      DeliveryStreamType: 'KinesisStreamAsSource',
      KinesisStreamSourceConfiguration: { KinesisStreamARN: { 'Fn::GetAtt': [stream.id, 'Arn'] } },
      ExtendedS3DestinationConfiguration: {
        CloudWatchLoggingOptions: {
          Enabled: true,
          LogGroupName: { Ref: onlyOf(ingestion, 'AWS::Logs::LogGroup').id },
        },
      },
    });
  });

  it('partitions, compresses and buffers within what Firehose allows', () => {
    ingestion.hasResourceProperties('AWS::KinesisFirehose::DeliveryStream', {
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
});
