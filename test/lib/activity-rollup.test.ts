import assert from 'node:assert/strict';
import { Duration, Stack } from 'aws-cdk-lib';
import { Match, type Template } from 'aws-cdk-lib/assertions';
import { ActivityLake } from '../../lib/activity-lake.ts';
import { ActivityRollup, InvalidRollup } from '../../lib/activity-rollup.ts';
import { slicesFor } from '../../lib/rollup-limits.ts';
import { templateWith } from '../support/cdk/synth.ts';
import { allowedTo, lineOf } from '../support/cdk/template.ts';

const rollupFor = (people?: number, concurrency?: number): Template =>
  templateWith((stack) => {
    const lake = new ActivityLake(stack, 'Lake', { retention: { raw: Duration.days(200) } });
    new ActivityRollup(stack, 'Fold', {
      lake,
      ...(people !== undefined && { people }),
      ...(concurrency !== undefined && { concurrency }),
    });
  });

const whole = rollupFor();
const sliced = rollupFor(50_000, 12);
const isRollup = { Description: Match.stringLikeRegexp('^Kinetrack: computes minute and hour rows') };

function functionOf(template: Template) {
  const found = Object.values(template.findResources('AWS::Lambda::Function', { Properties: isRollup }));
  assert.equal(found.length, 1);
  return found[0]?.Properties;
}

/** The event sources of the function, by the construct of their queue. */
function sourcesOf(template: Template): ReadonlyMap<string, Readonly<Record<string, unknown>>> {
  const sources = new Map<string, Readonly<Record<string, unknown>>>();
  for (const { Properties } of Object.values(template.findResources('AWS::Lambda::EventSourceMapping'))) {
    const queue = String(Properties.EventSourceArn['Fn::GetAtt'][0]).slice(0, -8);
    if (/^(LakeSampleArrivals|FoldRollupSlices)Queue$/.test(queue)) sources.set(queue, Properties);
  }
  return sources;
}

const allowedToRollup = (template: Template) =>
  allowedTo(template, ({ Description }) =>
    /^Kinetrack: computes minute and hour rows/.test(String(Description)),
  ).map(lineOf);

const CONSUME =
  'sqs:ChangeMessageVisibility, sqs:DeleteMessage, sqs:GetQueueAttributes, sqs:GetQueueUrl, sqs:ReceiveMessage';

describe('the rollup function', () => {
  it('counts the errors that it logs: hours that it returns are no errors for Lambda', () => {
    const [filter, ...others] = Object.values(whole.findResources('AWS::Logs::MetricFilter'));
    assert.deepEqual(others, []);
    const { LogGroupName, FilterPattern, MetricTransformations } = filter?.Properties ?? {};
    assert.deepEqual(functionOf(whole).LoggingConfig.LogGroup, LogGroupName);
    assert.equal(FilterPattern, '{ $.level = "ERROR" }');
    const [{ MetricNamespace, MetricName, MetricValue }] = MetricTransformations;
    assert.deepEqual([MetricNamespace, MetricValue], ['Kinetrack', '1']);
    assert.match(MetricName, /^LoggedErrors-TestFoldRollupHandler/);
  });

  it('runs on Node 24 on ARM with a core of its own', () => {
    const { Runtime, Architectures, MemorySize, Timeout, LoggingConfig } = functionOf(whole);
    assert.deepEqual(
      [Runtime, Architectures, MemorySize, Timeout, LoggingConfig.LogFormat],
      ['nodejs24.x', ['arm64'], 1769, 300, 'JSON'],
    );
  });

  it('receives the locations of lake and summaries, and the retention of each', () => {
    const {
      NODE_OPTIONS: _,
      LAKE_BUCKET,
      SUMMARIES_TABLE,
      ...variables
    } = functionOf(whole).Environment.Variables;
    assert.match(LAKE_BUCKET.Ref, /^LakeBucket/);
    assert.match(SUMMARIES_TABLE.Ref, /^LakeSummaries/);
    assert.deepEqual(variables, {
      RAW_RETENTION_DAYS: '200',
      SUMMARY_RETENTION_DAYS: '400',
      ROLLUP_SLICES: '1',
    });
  });

  it('gathers messages for a minute and fails them one by one', () => {
    const arrivals = sourcesOf(whole).get('LakeSampleArrivalsQueue');
    assert.equal(arrivals?.BatchSize, 1000);
    assert.equal(arrivals?.MaximumBatchingWindowInSeconds, 60);
    assert.deepEqual(arrivals?.FunctionResponseTypes, ['ReportBatchItemFailures']);
  });

  it('is asked for no more at once than is reserved, so that no message fails by throttling', () => {
    const tuned = rollupFor(100, 3);
    assert.equal(functionOf(tuned).ReservedConcurrentExecutions, 3);
    assert.deepEqual(sourcesOf(tuned).get('LakeSampleArrivalsQueue')?.ScalingConfig, {
      MaximumConcurrency: 3,
    });
  });

  it('runs for at most a sixth of the visibility timeout of its queues', () => {
    const queues = Object.entries(sliced.findResources('AWS::SQS::Queue')).filter(([id]) =>
      /^(LakeSampleArrivals|FoldRollupSlices)Queue/.test(id),
    );
    assert.equal(queues.length, 2);
    for (const [id, { Properties }] of queues) {
      assert.ok(Properties.VisibilityTimeout >= 6 * functionOf(sliced).Timeout, id);
    }
  });

  it('reads samples and tombstones, writes rollups and summaries, and may do nothing else', () => {
    assert.deepEqual(allowedToRollup(whole), [
      'logs:CreateLogStream, logs:PutLogEvents on FoldRollupHandlerLogs',
      's3:ListBucket on LakeBucket if {"StringLike":{"s3:prefix":["raw/activity_type=sample/*","rollup/minutes/*","rollup/hours/*","deletions/tombstones/*"]}}',
      's3:GetObject on LakeBucket/deletions/tombstones/*, LakeBucket/raw/activity_type=sample/*',
      's3:DeleteObject, s3:PutObject on LakeBucket/rollup/hours/*, LakeBucket/rollup/minutes/*',
      'kms:Decrypt, kms:GenerateDataKey on LakeKey if {"StringEquals":{"kms:ViaService":"s3.<Region>.<URLSuffix>"}}',
      'dynamodb:BatchGetItem, dynamodb:BatchWriteItem, dynamodb:DeleteItem, dynamodb:Query, dynamodb:UpdateItem on LakeSummariesTable',
      `${CONSUME} on LakeSampleArrivalsQueue`,
    ]);
  });

  it('has a log group that ends', () => {
    const { Ref: id } = functionOf(whole).LoggingConfig.LogGroup;
    assert.equal(whole.findResources('AWS::Logs::LogGroup')[id]?.Properties.RetentionInDays, 90);
  });
});

describe('the rollup of a large fleet', () => {
  it('has the necessary number of slices, a power of two', () => {
    assert.deepEqual(
      [1, 12_500, 12_501, 25_000, 50_000, 50_001, 100_000].map(slicesFor),
      [1, 1, 2, 2, 4, 8, 8],
    );
  });

  it('hands slices out by a queue of their own, an invocation each', () => {
    const { SLICES_QUEUE_URL, ROLLUP_SLICES } = functionOf(sliced).Environment.Variables;
    assert.equal(ROLLUP_SLICES, '4');
    assert.match(SLICES_QUEUE_URL.Ref, /^FoldRollupSlicesQueue/);
    const slices = sourcesOf(sliced).get('FoldRollupSlicesQueue');
    assert.equal(slices?.BatchSize, 1);
    assert.deepEqual(slices?.FunctionResponseTypes, ['ReportBatchItemFailures']);
    sliced.hasResourceProperties('AWS::SQS::Queue', {
      RedrivePolicy: {
        deadLetterTargetArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('SlicesDeadLetters'), 'Arn'] },
        maxReceiveCount: 5,
      },
    });
  });

  it('shares what is reserved between both queues', () => {
    const sources = sourcesOf(sliced);
    assert.equal(functionOf(sliced).ReservedConcurrentExecutions, 12);
    assert.deepEqual(sources.get('LakeSampleArrivalsQueue')?.ScalingConfig, { MaximumConcurrency: 2 });
    assert.deepEqual(sources.get('FoldRollupSlicesQueue')?.ScalingConfig, { MaximumConcurrency: 10 });
  });

  it('may send and take slices besides, and do nothing else', () => {
    const added = allowedToRollup(sliced).filter((line) => !allowedToRollup(whole).includes(line));
    assert.deepEqual(added, [`${CONSUME}, sqs:SendMessage on FoldRollupSlicesQueue`]);
  });

  it('is refused if too little is reserved for two queues', () => {
    assert.throws(
      () => rollupFor(50_000, 3),
      (error) =>
        error instanceof InvalidRollup &&
        /concurrency: must be at least 4 with 4 slices .*; got 3/.test(error.message),
    );
  });

  it('needs only a lake: the construct works alone', () => {
    const stack = new Stack();
    const rollup = new ActivityRollup(stack, 'Alone', { lake: new ActivityLake(stack, 'Lake') });
    assert.deepEqual([rollup.slices, rollup.slicesQueue], [1, undefined]);
  });
});

describe('the deletion of people', () => {
  it('is part of the rollup and has the retention of the stream', () => {
    const template = templateWith((stack) => {
      const lake = new ActivityLake(stack, 'Lake');
      new ActivityRollup(stack, 'Fold', { lake, streamRetention: Duration.hours(48) });
    });
    template.hasResourceProperties('AWS::Lambda::Function', {
      Description: Match.stringLikeRegexp('deletes all data of a person'),
      Environment: { Variables: Match.objectLike({ STREAM_RETENTION_HOURS: '48' }) },
    });
  });
});
