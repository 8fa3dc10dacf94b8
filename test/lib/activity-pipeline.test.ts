import assert from 'node:assert/strict';
import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import { AwsSolutionsChecks } from 'cdk-nag';
import { OUTPUTS } from '../../aws/deployment.ts';
import { ActivityPipeline, type ActivityPipelineProps, ActivitySource, SignIn } from '../../lib/index.ts';
import { allowed } from '../support/cdk/template.ts';

/** Somebody else's app: no context of ours, one stack. */
function pipelineOf(
  props?: ActivityPipelineProps,
  more: (stack: Stack, pipeline: ActivityPipeline) => void = () => {},
) {
  const stack = new Stack(new App(), 'Theirs');
  const pipeline = new ActivityPipeline(stack, 'Activity', props);
  more(stack, pipeline);
  return { stack, pipeline, template: Template.fromStack(stack) };
}

const VARIANTS: Readonly<Record<string, ActivityPipelineProps>> = {
  'with nothing chosen': {},
  'with a provisioned stream and company sign-in': {
    source: ActivitySource.stream({ shardCount: 2, retention: Duration.days(7) }),
    signIn: SignIn.oidc({
      issuer: 'https://login.example.com/v2.0',
      clientId: 'kinetrack',
      userClaim: 'oid',
    }),
  },
  'with Firehose alone, no API, and nothing that stays': {
    source: ActivitySource.direct(),
    api: false,
    removalPolicy: RemovalPolicy.DESTROY,
  },
  'while it moves from one source to the other, for 50,000 people': {
    source: ActivitySource.both(),
    people: 50_000,
  },
};

/** Names of the outputs without the path and hash that CDK puts around them. */
const outputsOf = (template: Template): readonly string[] => {
  const keys = Object.keys(template.findOutputs('*')).map(
    (key) => /^Activity(\w+)[0-9A-F]{8}$/.exec(key)?.[1],
  );
  return OUTPUTS.filter((name) => keys.includes(name));
};

const standard = pipelineOf();

describe('ActivityPipeline', () => {
  it('is the whole flow in one line', () => {
    for (const type of [
      'AWS::Kinesis::Stream',
      'AWS::KinesisFirehose::DeliveryStream',
      'AWS::Glue::Database',
      'AWS::Athena::WorkGroup',
      'AWS::Cognito::UserPool',
      'AWS::ApiGatewayV2::Api',
      'AWS::CloudFront::Distribution',
      'AWS::CloudWatch::Dashboard',
      'AWS::SNS::Topic',
    ]) {
      standard.template.resourceCountIs(type, 1);
    }
    assert.ok(standard.pipeline.observability.alarms.has('AgentsSilent'));
  });

  it('writes every output that the commands look for, and without an API all but its own', () => {
    assert.deepEqual(outputsOf(standard.template), OUTPUTS);
    const { template } = pipelineOf(VARIANTS['with Firehose alone, no API, and nothing that stays']);
    const missing = OUTPUTS.filter((name) => !outputsOf(template).includes(name));
    assert.deepEqual(missing, ['StreamName', 'DevicesTableName', 'ApiUrl', 'DashboardUrl']);
  });

  it('exists twice in one stack: nothing has a fixed name', () => {
    const stack = new Stack(new App(), 'Theirs');
    new ActivityPipeline(stack, 'Sales');
    new ActivityPipeline(stack, 'Support');
    const names = Object.entries(Template.fromStack(stack).toJSON().Resources).flatMap(([id, resource]) =>
      physicalNames(resource).map((name) => ({ id, name })),
    );
    const seen = new Map<string, string>();
    for (const { id, name } of names) {
      assert.equal(seen.get(name), undefined, `${id} and ${seen.get(name)} are both named ${name}`);
      seen.set(name, id);
    }
  });

  it('has as many alarms as it has parts', () => {
    const alarms = (props: ActivityPipelineProps | undefined) => [
      ...pipelineOf(props).pipeline.observability.alarms.keys(),
    ];
    const direct = alarms(VARIANTS['with Firehose alone, no API, and nothing that stays']);
    assert.ok(
      direct.includes('DirectThrottled') &&
        !direct.includes('ApiFailing') &&
        !direct.includes('StreamExpiring'),
    );
    const both = alarms(VARIANTS['while it moves from one source to the other, for 50,000 people']);
    assert.ok(both.includes('DirectLate') && both.includes('DeliveryLate') && both.includes('SlicesGivenUp'));
    assert.ok(!alarms({}).includes('SlicesGivenUp'));
  });

  it('hands retention, names, limits and alarms on to its parts', () => {
    const { template, pipeline } = pipelineOf({
      source: ActivitySource.stream({ streamName: 'team-7', retention: Duration.hours(24) }),
      retention: { raw: Duration.days(60) },
      catalog: { databaseName: 'team_7' },
      rollupConcurrency: 3,
      alarms: { email: 'ops@example.com', silence: Duration.hours(0) },
    });
    template.hasResourceProperties('AWS::Kinesis::Stream', { Name: 'team-7', RetentionPeriodHours: 24 });
    template.hasResourceProperties('AWS::Glue::Database', { DatabaseInput: { Name: 'team_7' } });
    template.hasResourceProperties('AWS::Lambda::Function', { ReservedConcurrentExecutions: 3 });
    template.hasResourceProperties('AWS::SNS::Subscription', { Endpoint: 'ops@example.com' });
    assert.equal(pipeline.lake.retention.raw.toDays(), 60);
    assert.ok(!pipeline.observability.alarms.has('AgentsSilent'));
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      MetricName: 'GetRecords.IteratorAgeMilliseconds',
      Threshold: 12 * 3_600_000,
    });
  });

  it('retains resources with data by default', () => {
    const retained = (template: Template) =>
      Object.values<{ Type: string; DeletionPolicy?: string }>(template.toJSON().Resources)
        .filter(({ DeletionPolicy }) => DeletionPolicy === 'Retain')
        .map(({ Type }) => Type);
    for (const type of [
      'AWS::S3::Bucket',
      'AWS::KMS::Key',
      'AWS::DynamoDB::Table',
      'AWS::Cognito::UserPool',
    ]) {
      assert.ok(retained(standard.template).includes(type), type);
    }
    const { template } = pipelineOf({ removalPolicy: RemovalPolicy.DESTROY });
    assert.deepEqual(retained(template), []);
  });
});

describe('what it grants', () => {
  const user = (stack: Stack) =>
    new iam.Role(stack, 'User', { assumedBy: new iam.ServicePrincipal('ec2.amazonaws.com') });

  it('to an agent: to put records, and the data key for them', () => {
    const { template } = pipelineOf({}, (stack, pipeline) => pipeline.grantSend(user(stack)));
    assert.deepEqual(
      allowed(template, 'ec2').flatMap(({ actions }) => actions),
      ['kinesis:PutRecords', 'kms:GenerateDataKey'],
    );
    const direct = pipelineOf({ source: ActivitySource.direct() }, (stack, pipeline) =>
      pipeline.grantSend(user(stack)),
    );
    assert.deepEqual(
      allowed(direct.template, 'ec2').flatMap(({ actions }) => actions),
      ['firehose:PutRecordBatch'],
    );
  });

  it('to an analyst: one workgroup, one database, raw events and rollups to read, results to write', () => {
    const { template } = pipelineOf({ catalog: { databaseName: 'team_7' } }, (stack, pipeline) =>
      pipeline.grantQuery(user(stack)),
    );
    const statements = allowed(template, 'ec2');
    for (const { actions, resources } of statements) {
      assert.ok(!resources.includes('*'), actions.join());
      assert.ok(!actions.some((action) => action.includes('*')), actions.join());
    }
    const lakeObjects = statements
      .filter(({ actions }) => actions.includes('s3:GetObject'))
      .flatMap(({ resources }) => resources)
      .filter((resource) => /LakeBucket/.test(resource))
      .map((resource) => /"(\/[^"]*)"/.exec(resource)?.[1]);
    assert.deepEqual(lakeObjects, ['/raw/*', '/rollup/*']);
    const writes = statements.filter(({ actions }) => actions.includes('s3:PutObject'));
    assert.equal(writes.length, 1);
    assert.match(writes[0]?.resources.join() ?? '', /Results/);
    const glue = statements.find(({ actions }) => actions.includes('glue:GetTable'));
    assert.deepEqual(
      glue?.resources.map((resource) => /:((?:catalog|database|table)[^"]*)"/.exec(resource)?.[1]),
      ['catalog', 'database/team_7', 'table/team_7/*'],
    );
  });

  it('to an alarm: an action in addition to the message', () => {
    const arn = 'arn:aws:sns:eu-central-1:111122223333:pager';
    const { template } = pipelineOf({}, (_, pipeline) =>
      pipeline.addAlarmAction({ bind: () => ({ alarmActionArn: arn }) }),
    );
    for (const { Properties } of Object.values(template.findResources('AWS::CloudWatch::Alarm'))) {
      for (const actions of [Properties.AlarmActions, Properties.OKActions]) {
        assert.equal(actions.length, 2);
        assert.ok(actions.includes(arn));
      }
    }
  });
});

describe('the alarm RollupFailing', () => {
  it('counts what ends a run of the function, and what its log has as errors', () => {
    const { template } = pipelineOf({});
    const [alarm] = Object.entries(template.findResources('AWS::CloudWatch::Alarm')).flatMap(([id, each]) =>
      id.includes('RollupFailing') ? [each.Properties] : [],
    );
    const metrics = alarm?.Metrics.flatMap(({ MetricStat }: { MetricStat?: { Metric: unknown } }) =>
      MetricStat === undefined ? [] : [MetricStat.Metric],
    );
    const [filter] = Object.values(template.findResources('AWS::Logs::MetricFilter'));
    const [{ MetricNamespace, MetricName }] = filter?.Properties.MetricTransformations ?? [];
    assert.deepEqual(
      metrics.map(({ Namespace, MetricName: name }: { Namespace: string; MetricName: string }) => [
        Namespace,
        name,
      ]),
      [
        ['AWS/Lambda', 'Errors'],
        [MetricNamespace, MetricName],
      ],
    );
  });
});

describe('the checks of AWS Solutions', () => {
  for (const [what, props] of Object.entries(VARIANTS)) {
    it(`find nothing that is not acknowledged ${what}`, () => {
      const { stack } = pipelineOf(props);
      const findings = new AwsSolutionsChecks(stack)
        .validateScope(stack)
        .violations.flatMap(({ ruleName, violatingResources }) =>
          violatingResources.map(({ constructPath }) => `${ruleName} at ${constructPath}`),
        );
      assert.deepEqual(findings, []);
    });
  }
});

/** Names that must be unique in an account, of a resource in a template; what CloudFormation makes up is none. */
function physicalNames(resource: unknown): readonly string[] {
  const { Type, Properties = {} }: { Type: string; Properties?: Record<string, unknown> } = JSON.parse(
    JSON.stringify(resource),
  );
  // Named within their parent: a table in its database, a log stream in its group, a query in its workgroup, ...
  if (/Glue::Table|LogStream|NamedQuery|UserPoolGroup|GatewayV2|ManagedLogin|Policy$/.test(Type)) return [];
  const kind = Type.split('::').slice(0, 2).join('::');
  return Object.entries({
    ...Properties,
    ...nested(Properties.DatabaseInput),
    ...nested(Properties.FunctionConfig),
  })
    .filter(([key]) => /^(Name|Domain)$|[a-z]Name$/.test(key) && !/^(Function|Metric)Name$/.test(key))
    .map(([, value]) => `${kind} ${JSON.stringify(value)}`)
    .filter((name) => !/"Ref"|Fn::GetAtt/.test(name) || /AWS::StackId/.test(name));
}

const nested = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? { ...value } : {};
