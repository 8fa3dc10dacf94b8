import assert from 'node:assert/strict';
import { LAKE_PREFIXES } from '@kinetrack/schema';
import { Duration } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/assertions';
import { ActivityLake } from '../../lib/activity-lake.ts';
import { DeletionFunction } from '../../lib/constructs/deletion-function.ts';
import { templateWith } from '../support/cdk/synth.ts';
import { allowedTo, lineOf } from '../support/cdk/template.ts';

const template = templateWith((stack) => {
  const lake = new ActivityLake(stack, 'Lake', { retention: { raw: Duration.days(200) } });
  new DeletionFunction(stack, 'Deletion', { lake, streamRetention: Duration.hours(72) });
});

describe('the deletion function', () => {
  it('works on one request at a time, a quarter of an hour at most', () => {
    template.hasResourceProperties('AWS::Lambda::Function', {
      ReservedConcurrentExecutions: 1,
      Timeout: 900,
      Environment: {
        Variables: Match.objectLike({ RAW_RETENTION_DAYS: '200', STREAM_RETENTION_HOURS: '72' }),
      },
    });
    template.hasResourceProperties('AWS::Lambda::EventSourceMapping', { BatchSize: 1 });
    template.hasResourceProperties('AWS::SQS::Queue', {
      VisibilityTimeout: 960,
      RedrivePolicy: Match.objectLike({ maxReceiveCount: 1000 }),
    });
  });

  it('sweeps once a day through its queue', () => {
    template.hasResourceProperties('AWS::Events::Rule', {
      ScheduleExpression: 'cron(10 3 * * ? *)',
      Targets: [Match.objectLike({ Input: '{"sweep":true}' })],
    });
  });

  it('may do what a deletion does, below the prefixes of the lake, and cannot delete a tombstone', () => {
    const lines = allowedTo(template, ({ Description }) =>
      /deletes all data of a person/.test(String(Description)),
    ).map(lineOf);
    const below = (...prefixes: string[]) => prefixes.map((prefix) => `LakeBucket/${prefix}*`).join(', ');
    const s3 = lines
      .filter((line) => line.startsWith('s3:'))
      .map((line) => line.replace(/LakeLakeBucket|LakeBucket/g, 'LakeBucket'));
    assert.deepEqual(s3, [
      's3:ListBucket, s3:ListBucketVersions on LakeBucket if {"StringLike":{"s3:prefix":["raw/*","rollup/*","errors/*","screenshots/*","deletions/*"]}}',
      `s3:GetObject, s3:PutObject on ${below('deletions/', 'errors/', 'raw/', 'rollup/')}`,
      `s3:DeleteObject, s3:DeleteObjectVersion on ${below('deletions/progress/', 'errors/', 'raw/', 'rollup/', 'screenshots/')}`,
    ]);
    for (const line of lines) assert.doesNotMatch(line, / on \*|:\*/, line);
    assert.ok(
      lines.includes('dynamodb:BatchWriteItem, dynamodb:DeleteItem, dynamodb:Query on LakeSummariesTable'),
      lines.join('\n'),
    );
  });
});

describe('the lake bucket', () => {
  it('has an age for every prefix that the code writes', () => {
    const [bucket] = Object.values(
      template.findResources('AWS::S3::Bucket', {
        Properties: { VersioningConfiguration: { Status: 'Enabled' } },
      }),
    );
    const rules: { Prefix?: string; ExpirationInDays?: number }[] =
      bucket?.Properties.LifecycleConfiguration.Rules;
    const ages = new Map(rules.map(({ Prefix, ExpirationInDays }) => [Prefix, ExpirationInDays]));
    const { deletions, ...others } = LAKE_PREFIXES;
    // Progress is deleted with its receipt, the note of the last sweep is one object, and tombstones hide for good.
    const receipts = ages.get(`${deletions}receipts/`) ?? 0;
    assert.deepEqual(
      [...ages.keys()].filter((prefix) => prefix?.startsWith(deletions)),
      [`${deletions}receipts/`],
    );
    for (const prefix of Object.values(others)) {
      const age = ages.get(prefix) ?? 0;
      assert.ok(age > 0, `${prefix} has no lifecycle rule`);
      assert.ok(receipts > age, `${prefix} outlives the receipts`);
    }
  });
});
