import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { App, Duration, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { AwsSolutionsChecks } from 'cdk-nag';
import { ActivityObservability, type ActivityObservabilityProps } from '../../lib/activity-observability.ts';
import { InvalidSilence } from '../../lib/constructs/monitoring/silence-alarm.ts';

type Alarms = ReadonlyMap<string, Readonly<Record<string, unknown>>>;

/** The construct over what `parts` names, in a stack of its own. */
function observe(parts: (stack: Stack) => ActivityObservabilityProps) {
  const stack = new Stack(new App(), 'Test');
  const observability = new ActivityObservability(stack, 'Observability', parts(stack));
  const template = Template.fromStack(stack);
  const resources = template.findResources('AWS::CloudWatch::Alarm');
  const alarms: Alarms = new Map(
    [...observability.alarms].map(([id, alarm]) => {
      const logicalId = Object.keys(resources).find(
        (key) => key === stack.resolve(alarm.alarmArn)['Fn::GetAtt'][0],
      );
      assert.ok(logicalId !== undefined, `${id} is not in the template`);
      return [id, resources[logicalId]?.Properties];
    }),
  );
  assert.equal(alarms.size, Object.keys(resources).length, 'every alarm of the template has a name');
  return { stack, observability, template, alarms };
}

const fn = (stack: Stack, id: string, timeout: Duration) => ({
  function: new lambda.Function(stack, id, {
    code: lambda.Code.fromInline('exports.handler = async () => {}'),
    handler: 'index.handler',
    runtime: lambda.Runtime.NODEJS_24_X,
    timeout,
  }),
  timeout,
});
const table = (stack: Stack, id: string) =>
  new dynamodb.Table(stack, id, { partitionKey: { name: 'pk', type: dynamodb.AttributeType.STRING } });

const everything = (stack: Stack): ActivityObservabilityProps => ({
  stream: new kinesis.Stream(stack, 'Stream'),
  streamRetention: Duration.hours(72),
  deliveryStreamName: 'from-stream',
  directDeliveryStreamName: 'direct',
  errorArrivals: new sqs.Queue(stack, 'ErrorArrivals'),
  tables: { Summaries: table(stack, 'SummariesTable'), Devices: table(stack, 'DevicesTable') },
  rollup: {
    ...fn(stack, 'Rollup', Duration.minutes(5)),
    failures: new Metric({ namespace: 'Kinetrack', metricName: 'LoggedErrors' }),
  },
  arrivals: new sqs.Queue(stack, 'Arrivals'),
  deletion: fn(stack, 'Deletion', Duration.minutes(15)).function,
  deadLetters: {
    Arrivals: new sqs.Queue(stack, 'DeadArrivals'),
    Slices: new sqs.Queue(stack, 'DeadSlices'),
    Deletions: new sqs.Queue(stack, 'DeadForget'),
  },
  apiId: 'api123',
});

const full = observe(everything);

/** What an alarm compares, in one line: `AWS/SQS NumberOfMessagesSent{QueueName} Sum/300 >= 1, 1 of 1`. */
function rule(alarm: Readonly<Record<string, unknown>> | undefined): string {
  assert.ok(alarm !== undefined);
  const signs: Readonly<Record<string, string>> = {
    GreaterThanOrEqualToThreshold: '>=',
    GreaterThanThreshold: '>',
    LessThanThreshold: '<',
  };
  const dimensions = (list: unknown): string =>
    Array.isArray(list) ? list.map(({ Name }: { Name: string }) => Name).join(',') : '';
  const what =
    alarm.MetricName !== undefined
      ? `${alarm.Namespace} ${alarm.MetricName}{${dimensions(alarm.Dimensions)}} ${alarm.Statistic ?? alarm.ExtendedStatistic}/${alarm.Period}`
      : Array.isArray(alarm.Metrics)
        ? String(alarm.Metrics.find(({ Expression }: { Expression?: string }) => Expression)?.Expression)
        : 'nothing';
  return `${what} ${signs[String(alarm.ComparisonOperator)]} ${alarm.Threshold}, ${alarm.DatapointsToAlarm ?? alarm.EvaluationPeriods} of ${alarm.EvaluationPeriods}`;
}

describe('the alarms', () => {
  it('compare the metrics that the services document', () => {
    const rules = Object.fromEntries([...full.alarms].map(([id, alarm]) => [id, rule(alarm)]));
    assert.deepEqual(rules, {
      StreamThrottled: 'AWS/Kinesis WriteProvisionedThroughputExceeded{StreamName} Sum/300 >= 1, 9 of 9',
      StreamExpiring: `AWS/Kinesis GetRecords.IteratorAgeMilliseconds{StreamName} Maximum/300 > ${36 * 3_600_000}, 1 of 1`,
      DeliveryLate: 'AWS/Firehose DeliveryToS3.DataFreshness{DeliveryStreamName} Maximum/300 > 900, 3 of 3',
      DeliveryFailing: 'AWS/Firehose DeliveryToS3.Success{DeliveryStreamName} Average/300 < 1, 3 of 3',
      DeliveryBehind:
        'AWS/Firehose KinesisMillisBehindLatest{DeliveryStreamName} Maximum/300 > 600000, 3 of 3',
      DeliveryPartitionsNearQuota:
        'AWS/Firehose PartitionCount{DeliveryStreamName} Maximum/300 >= 400, 1 of 1',
      DeliveryPartitionsExceeded:
        'AWS/Firehose PartitionCountExceeded{DeliveryStreamName} Maximum/300 >= 1, 1 of 1',
      DirectLate: 'AWS/Firehose DeliveryToS3.DataFreshness{DeliveryStreamName} Maximum/300 > 900, 3 of 3',
      DirectFailing: 'AWS/Firehose DeliveryToS3.Success{DeliveryStreamName} Average/300 < 1, 3 of 3',
      DirectThrottled: 'AWS/Firehose ThrottledRecords{DeliveryStreamName} Sum/300 >= 1, 9 of 9',
      DirectPartitionsNearQuota: 'AWS/Firehose PartitionCount{DeliveryStreamName} Maximum/300 >= 400, 1 of 1',
      DirectPartitionsExceeded:
        'AWS/Firehose PartitionCountExceeded{DeliveryStreamName} Maximum/300 >= 1, 1 of 1',
      UndeliverableRecords: 'AWS/SQS NumberOfMessagesSent{QueueName} Sum/300 >= 1, 1 of 1',
      SummariesThrottled: 'SUM([FILL(reads, 0), FILL(writes, 0)]) >= 1, 6 of 6',
      SummariesErrors: rule(full.alarms.get('DevicesErrors')),
      DevicesThrottled: 'SUM([FILL(reads, 0), FILL(writes, 0)]) >= 1, 6 of 6',
      DevicesErrors:
        'SUM([FILL(getitem, 0), FILL(batchgetitem, 0), FILL(query, 0), FILL(deleteitem, 0), FILL(updateitem, 0), FILL(batchwriteitem, 0)]) >= 1, 3 of 3',
      RollupFailing: 'SUM([FILL(ended, 0), FILL(given_back, 0)]) >= 1, 2 of 12',
      RollupThrottled: 'AWS/Lambda Throttles{FunctionName} Sum/300 >= 1, 3 of 3',
      RollupSlow: 'AWS/Lambda Duration{FunctionName} Maximum/300 > 240000, 2 of 3',
      RollupLate: 'AWS/SQS ApproximateAgeOfOldestMessage{QueueName} Maximum/300 > 3600, 1 of 1',
      DeletionFailing: 'AWS/Lambda Errors{FunctionName} Sum/300 >= 1, 1 of 1',
      ArrivalsGivenUp: 'AWS/SQS ApproximateNumberOfMessagesVisible{QueueName} Maximum/300 >= 1, 1 of 1',
      SlicesGivenUp: 'AWS/SQS ApproximateNumberOfMessagesVisible{QueueName} Maximum/300 >= 1, 1 of 1',
      DeletionsGivenUp: 'AWS/SQS ApproximateNumberOfMessagesVisible{QueueName} Maximum/300 >= 1, 1 of 1',
      ApiFailing: 'IF(errors >= 3, 100 * errors / requests, 0) > 1, 1 of 1',
      ApiSlow: 'AWS/ApiGateway Latency{ApiId} p95/300 > 3000, 3 of 3',
      AgentsSilent: 'SUM([FILL(stream, 0), FILL(firehose, 0)]) < 1, 72 of 72',
    });
  });

  it('ask DynamoDB for errors by table and operation, the only way in which it counts them', () => {
    const metrics = full.alarms.get('SummariesErrors')?.Metrics;
    assert.ok(Array.isArray(metrics));
    const operations = metrics
      .filter(({ MetricStat }) => MetricStat !== undefined)
      .map(({ MetricStat }) => {
        assert.equal(MetricStat.Metric.MetricName, 'SystemErrors');
        const { TableName, Operation } = Object.fromEntries(
          MetricStat.Metric.Dimensions.map(({ Name, Value }: { Name: string; Value: unknown }) => [
            Name,
            Value,
          ]),
        );
        assert.ok(TableName);
        return Operation;
      });
    assert.deepEqual(operations, [
      'GetItem',
      'BatchGetItem',
      'Query',
      'DeleteItem',
      'UpdateItem',
      'BatchWriteItem',
    ]);
  });

  it('look back no further than CloudWatch does: a day, or seven with points of an hour', () => {
    const week = observe((stack) => ({ ...everything(stack), silence: Duration.days(7) }));
    for (const [id, alarm] of [...full.alarms, ...week.alarms]) {
      const periods = [
        alarm.Period,
        ...(Array.isArray(alarm.Metrics)
          ? alarm.Metrics.flatMap(({ MetricStat }) => (MetricStat ? [MetricStat.Period] : []))
          : []),
      ].filter((period) => typeof period === 'number');
      assert.ok(periods.length > 0, id);
      for (const period of periods) {
        const limit = period < 3600 ? 86_400 : 604_800;
        assert.ok(period * Number(alarm.EvaluationPeriods) <= limit, `${id} looks back too far`);
      }
    }
  });

  it('say what they mean and what to do first, and tell the topic when they begin and end', () => {
    const topics = Object.keys(full.template.findResources('AWS::SNS::Topic'));
    assert.equal(topics.length, 1);
    for (const [id, alarm] of full.alarms) {
      assert.match(String(alarm.AlarmDescription), /\. First .*\.$|[;:] .*First /, id);
      assert.ok(String(alarm.AlarmDescription).length < 400, id);
      assert.deepEqual(alarm.AlarmActions, [{ Ref: topics[0] }], id);
      assert.deepEqual(alarm.OKActions, [{ Ref: topics[0] }], id);
      assert.ok(!('AlarmName' in alarm), `${id} has a fixed name: two deployments would collide`);
    }
  });

  it('take silence of agents for bad, of dead-letter queues for unchanged, and all other silence for good', () => {
    for (const [id, { TreatMissingData }] of full.alarms) {
      const expected =
        id === 'AgentsSilent' ? 'breaching' : id.endsWith('GivenUp') ? 'ignore' : 'notBreaching';
      assert.equal(TreatMissingData, expected, id);
    }
  });

  it('cover a stream, a Firehose alone, or nothing, whatever is there', () => {
    const fromStream = observe((stack) => ({
      stream: new kinesis.Stream(stack, 'Stream'),
      deliveryStreamName: 'from-stream',
    }));
    assert.equal(
      rule(fromStream.alarms.get('AgentsSilent')),
      'AWS/Kinesis IncomingRecords{StreamName} Sum/3600 < 1, 72 of 72',
    );
    assert.equal(fromStream.alarms.get('StreamExpiring')?.Threshold, 12 * 3_600_000);
    assert.ok(fromStream.alarms.has('DeliveryBehind'));
    assert.ok(![...fromStream.alarms.keys()].some((id) => id.startsWith('Direct')));

    const direct = observe(() => ({ directDeliveryStreamName: 'direct', activePartitionQuota: 5000 }));
    assert.equal(
      rule(direct.alarms.get('AgentsSilent')),
      'AWS/Firehose IncomingRecords{DeliveryStreamName} Sum/3600 < 1, 72 of 72',
    );
    assert.equal(direct.alarms.get('DirectPartitionsNearQuota')?.Threshold, 4000);
    assert.ok(![...direct.alarms.keys()].some((id) => /^(Stream|Delivery)/.test(id)));

    assert.equal(observe(() => ({})).alarms.size, 0);
  });

  it('ignore silence if it is switched off, and refuse periods that CloudWatch does not support', () => {
    const off = observe((stack) => ({ ...everything(stack), silence: Duration.hours(0) }));
    assert.ok(!off.alarms.has('AgentsSilent'));
    for (const silence of [Duration.hours(169), Duration.minutes(90)]) {
      assert.throws(() => observe((stack) => ({ ...everything(stack), silence })), InvalidSilence);
    }
  });
});

describe('the topic of the alarms', () => {
  it('accepts only TLS, and only messages of CloudWatch alarms of this account', () => {
    const { PolicyDocument } =
      Object.values(full.template.findResources('AWS::SNS::TopicPolicy'))[0]?.Properties ?? {};
    const [tls, publish, ...rest] = PolicyDocument.Statement;
    assert.deepEqual(rest, []);
    assert.equal(tls.Effect, 'Deny');
    assert.deepEqual(tls.Condition, { Bool: { 'aws:SecureTransport': 'false' } });
    assert.equal(publish.Effect, 'Allow');
    assert.equal(publish.Action, 'sns:Publish');
    assert.deepEqual(publish.Principal, { Service: 'cloudwatch.amazonaws.com' });
    assert.deepEqual(publish.Condition, { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } });
    full.template.resourceCountIs('AWS::SNS::Subscription', 0);
  });

  it('has a subscriber if an address is given', () => {
    const { template } = observe((stack) => ({ ...everything(stack), email: 'ops@example.com' }));
    template.hasResourceProperties('AWS::SNS::Subscription', {
      Protocol: 'email',
      Endpoint: 'ops@example.com',
    });
  });

  it('can be one that is there already', () => {
    const { template, alarms } = observe((stack) => ({
      ...everything(stack),
      topic: sns.Topic.fromTopicArn(stack, 'Theirs', 'arn:aws:sns:eu-central-1:111122223333:operations'),
    }));
    template.resourceCountIs('AWS::SNS::Topic', 0);
    for (const alarm of alarms.values()) {
      assert.deepEqual(alarm.AlarmActions, ['arn:aws:sns:eu-central-1:111122223333:operations']);
    }
  });
});

describe('the dashboard', () => {
  interface Widget {
    readonly type: string;
    readonly x: number;
    readonly y: number;
    readonly width: number;
    readonly height: number;
    readonly properties: { readonly markdown?: string; readonly metrics?: readonly unknown[] };
  }
  const body = Object.values(full.template.findResources('AWS::CloudWatch::Dashboard'))[0]?.Properties
    .DashboardBody;
  const text: string = body['Fn::Join'][1]
    .map((part: unknown) => (typeof part === 'string' ? part : 'token'))
    .join('');
  const { widgets }: { widgets: readonly Widget[] } = JSON.parse(text);

  it('has a row for each part, in the order of the flow, below what to do', () => {
    const headings = [...widgets]
      .sort((a, b) => a.y - b.y)
      .flatMap(({ properties }) => properties.markdown ?? [])
      .map((markdown) => markdown.split('\n')[0]);
    assert.deepEqual(headings, [
      '# Kinetrack',
      '## Stream',
      '## Delivery',
      '## Delivery without a stream',
      '## Lake',
      '## Rollup and deletion',
      '## API',
    ]);
  });

  it('lays its widgets side by side: none covers another, none reaches over the edge', () => {
    for (const [index, a] of widgets.entries()) {
      assert.ok(a.x + a.width <= 24);
      for (const b of widgets.slice(index + 1)) {
        const apart =
          a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;
        assert.ok(apart, `${JSON.stringify(a)} covers ${JSON.stringify(b)}`);
      }
    }
  });

  it('shows every alarm, and a graph of every kind of part', () => {
    const status = widgets.find(({ type }) => type === 'alarm');
    assert.ok(status);
    assert.equal(text.split('"token"').length - 1 >= full.alarms.size, true);
    assert.ok(widgets.filter(({ type }) => type === 'metric').length >= 15);
  });
});

describe('docs/monitoring.md', () => {
  it('has a section for every alarm, and for none that does not exist', () => {
    const documented = [...readFileSync('docs/monitoring.md', 'utf8').matchAll(/^### (.+)$/gm)].flatMap(
      ([, names = '']) => names.split(', '),
    );
    assert.deepEqual(new Set(documented), new Set(full.alarms.keys()));
    assert.equal(documented.length, full.alarms.size, 'one section each');
  });
});

describe('the checks of AWS Solutions', () => {
  it('find nothing in topic, alarms and dashboard', () => {
    const findings = new AwsSolutionsChecks(full.observability)
      .validateScope(full.observability)
      .violations.map(({ ruleName }) => ruleName);
    assert.deepEqual(findings, []);
  });
});
