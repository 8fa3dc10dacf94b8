import assert from 'node:assert/strict';
import { LAKE_PREFIXES, TOMBSTONES_PREFIX } from '@kinetrack/schema';
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Match, type Template } from 'aws-cdk-lib/assertions';
import { ActivityLake } from '../../lib/activity-lake.ts';
import { templateWith } from '../support/cdk/synth.ts';
import { onlyOf } from '../support/cdk/template.ts';

const lake = templateWith((stack) => new ActivityLake(stack, 'Lake'));
const brief = templateWith(
  (stack) =>
    new ActivityLake(stack, 'Lake', {
      retention: { raw: Duration.days(40), errors: Duration.days(30), screenshots: Duration.days(3) },
      removalPolicy: RemovalPolicy.DESTROY,
    }),
);

const bucketProperties = { VersioningConfiguration: { Status: 'Enabled' } };

interface Rule {
  readonly Prefix?: string;
  readonly ExpirationInDays?: number;
}

function rulesOf(template: Template): readonly Rule[] {
  const [bucket] = Object.values(template.findResources('AWS::S3::Bucket', { Properties: bucketProperties }));
  return bucket?.Properties.LifecycleConfiguration.Rules ?? [];
}

const agesOf = (template: Template): Readonly<Record<string, number>> =>
  Object.fromEntries(
    rulesOf(template).flatMap(({ Prefix, ExpirationInDays }) =>
      Prefix !== undefined && ExpirationInDays !== undefined ? [[Prefix, ExpirationInDays]] : [],
    ),
  );

/** The queue that the bucket tells of objects below a prefix. */
function queueFor(prefix: string): string {
  const [bucket] = Object.values(lake.findResources('AWS::S3::Bucket', { Properties: bucketProperties }));
  const found = bucket?.Properties.NotificationConfiguration.QueueConfigurations.find(
    (configuration: { Filter: { S3Key: { Rules: readonly { Value: string }[] } } }) =>
      configuration.Filter.S3Key.Rules[0]?.Value === prefix,
  );
  return found?.Queue['Fn::GetAtt'][0];
}

describe('the lake bucket', () => {
  it('is private, encrypted, versioned and logged', () => {
    lake.hasResourceProperties('AWS::S3::Bucket', {
      ...bucketProperties,
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
              KMSMasterKeyID: { 'Fn::GetAtt': [onlyOf(lake, 'AWS::KMS::Key').id, 'Arn'] },
            },
          },
        ],
      },
      LoggingConfiguration: { LogFilePrefix: 'lake/' },
    });
    assert.equal(onlyOf(lake, 'AWS::KMS::Key').properties.EnableKeyRotation, true);
  });

  it('lets S3 write the access logs of this bucket and of no other', () => {
    lake.hasResourceProperties('AWS::S3::BucketPolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Effect: 'Allow',
            Action: 's3:PutObject',
            Principal: { Service: 'logging.s3.amazonaws.com' },
            Condition: {
              ArnLike: { 'aws:SourceArn': { 'Fn::GetAtt': [Match.stringLikeRegexp('^LakeBucket'), 'Arn'] } },
              StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } },
            },
          }),
        ]),
      },
    });
  });

  it('refuses everything that does not come over TLS 1.2, as does the bucket of its access logs', () => {
    const buckets = Object.keys(lake.findResources('AWS::S3::Bucket'));
    assert.equal(buckets.length, 2);
    for (const bucket of buckets) {
      lake.hasResourceProperties('AWS::S3::BucketPolicy', {
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

  it('deletes each part of the lake at the age in one setting', () => {
    const ages = agesOf(lake);
    assert.deepEqual(ages, {
      'raw/': 400,
      'rollup/': 1100,
      'errors/': 90,
      'screenshots/': 90,
      'deletions/receipts/': 1465,
    });
    assert.deepEqual(
      { ...ages, ...agesOf(brief) },
      {
        ...ages,
        'raw/': 40,
        'errors/': 30,
        'screenshots/': 3,
      },
    );
  });

  it('has an age for every part of the lake', () => {
    const prefixes = Object.keys(agesOf(lake));
    for (const part of Object.values(LAKE_PREFIXES)) {
      assert.ok(
        prefixes.some((prefix) => prefix.startsWith(part)),
        `${part} is kept for ever`,
      );
    }
  });

  it('keeps tombstones and their salts for good, receipts longer than anything that they speak of', () => {
    for (const key of [`${TOMBSTONES_PREFIX}0a1b/1763629810000.json`, `${TOMBSTONES_PREFIX}salt-1`]) {
      const rules = rulesOf(lake).filter(({ Prefix = '' }) => key.startsWith(Prefix));
      assert.ok(rules.every(({ ExpirationInDays }) => ExpirationInDays === undefined));
    }
    const { 'deletions/receipts/': receipts = 0, ...others } = agesOf(lake);
    assert.ok(receipts > Math.max(...Object.values(others)));
  });

  it('deletes old versions after a week and parts of unfinished uploads too', () => {
    const rules = rulesOf(lake);
    assert.ok(rules.some((rule) => JSON.stringify(rule).includes('{"NoncurrentDays":7}')));
    assert.ok(rules.some((rule) => JSON.stringify(rule).includes('{"DaysAfterInitiation":7}')));
  });

  it('survives the stack with its key and the summaries, unless that is not wanted', () => {
    const kinds = ['AWS::S3::Bucket', 'AWS::KMS::Key', 'AWS::DynamoDB::Table'];
    for (const kind of kinds) {
      lake.allResources(kind, Match.objectLike({ DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' }));
      brief.allResources(kind, Match.objectLike({ DeletionPolicy: 'Delete' }));
    }
    lake.resourceCountIs('Custom::S3AutoDeleteObjects', 0);
    brief.resourceCountIs('Custom::S3AutoDeleteObjects', 2);
  });
});

describe('the summaries table', () => {
  it('is billed by use, expires its rows and can be restored to any time in a week', () => {
    lake.hasResourceProperties('AWS::DynamoDB::Table', {
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: 'sk', AttributeType: 'S' },
      ],
      BillingMode: 'PAY_PER_REQUEST',
      TimeToLiveSpecification: { AttributeName: 'expires_at', Enabled: true },
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true, RecoveryPeriodInDays: 7 },
    });
  });

  it('refuses to be deleted while data is retained', () => {
    lake.hasResourceProperties('AWS::DynamoDB::Table', { DeletionProtectionEnabled: true });
    brief.hasResourceProperties('AWS::DynamoDB::Table', { DeletionProtectionEnabled: false });
  });
});

describe('the announcement of new objects', () => {
  it('sends raw objects to one queue, undeliverable records to another, and nothing else', () => {
    const [bucket] = Object.values(lake.findResources('AWS::S3::Bucket', { Properties: bucketProperties }));
    const { QueueConfigurations: queues } = bucket?.Properties.NotificationConfiguration ?? {};
    assert.deepEqual(
      queues.map(({ Event, Filter }: { Event: string; Filter: unknown }) => [Event, Filter]),
      ['raw/', 'errors/'].map((Value) => [
        's3:ObjectCreated:*',
        { S3Key: { Rules: [{ Name: 'prefix', Value }] } },
      ]),
    );
    assert.notEqual(queueFor('raw/'), queueFor('errors/'));
  });

  it('filters by characters that S3 accepts unescaped', () => {
    const prefixes = Object.values(lake.findResources('AWS::S3::Bucket'))
      .flatMap(({ Properties }) => Properties.NotificationConfiguration?.QueueConfigurations ?? [])
      .map(({ Filter }) => Filter.S3Key.Rules[0].Value);
    assert.equal(prefixes.length, 2);
    for (const prefix of prefixes) assert.match(prefix, /^[a-z/_-]+$/);
  });

  for (const prefix of ['raw/', 'errors/']) {
    it(`creates the bucket only after the policy that lets S3 of this account tell of ${prefix}`, () => {
      const queue = queueFor(prefix);
      const [policy] = Object.keys(
        lake.findResources('AWS::SQS::QueuePolicy', {
          Properties: {
            Queues: [{ Ref: queue }],
            PolicyDocument: {
              Statement: Match.arrayWith([
                {
                  Effect: 'Allow',
                  Action: 'sqs:SendMessage',
                  Principal: { Service: 's3.amazonaws.com' },
                  Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
                  Resource: { 'Fn::GetAtt': [queue, 'Arn'] },
                },
              ]),
            },
          },
        }),
      );
      assert.ok(policy);
      lake.hasResource('AWS::S3::Bucket', {
        Properties: bucketProperties,
        DependsOn: Match.arrayWith([policy]),
      });
    });
  }

  it('keeps messages two weeks, encrypted, and sets aside samples that failed five times', () => {
    lake.allResourcesProperties('AWS::SQS::Queue', {
      MessageRetentionPeriod: 14 * 24 * 3600,
      SqsManagedSseEnabled: true,
    });
    const { [queueFor('raw/')]: samples } = lake.findResources('AWS::SQS::Queue');
    assert.equal(samples?.Properties.RedrivePolicy.maxReceiveCount, 5);
  });

  it('lets nobody speak to a queue without TLS', () => {
    const queues = Object.keys(lake.findResources('AWS::SQS::Queue'));
    assert.equal(queues.length, 3);
    for (const queue of queues) {
      lake.hasResourceProperties('AWS::SQS::QueuePolicy', {
        Queues: [{ Ref: queue }],
        PolicyDocument: {
          Statement: Match.arrayWith([
            Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
          ]),
        },
      });
    }
  });
});
