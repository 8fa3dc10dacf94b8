import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import {
  ACTIVITY_TYPES,
  DAYS_VIEW_COLUMNS,
  DAYS_VIEW_SQL,
  duckdbType,
  glueType,
  lakeTables,
} from '@kinetrack/schema';
import { Match } from 'aws-cdk-lib/assertions';
import { synth } from '../support/synth.ts';
import { allowed, onlyOf } from '../support/template.ts';

const { analytics } = synth();
const tuned = synth({
  context: {
    'kinetrack:firstDate': '2025-06-01',
    'kinetrack:databaseName': 'team_7',
    'kinetrack:scanLimitMiB': 10,
    'kinetrack:rollupConcurrency': 3,
  },
}).analytics;

function tableInput(name: string) {
  const found = Object.values(
    analytics.findResources('AWS::Glue::Table', { Properties: { TableInput: { Name: name } } }),
  );
  assert.equal(found.length, 1, `${found.length} tables are named ${name}`);
  return found[0]?.Properties.TableInput;
}

describe('the catalog', () => {
  it('holds every table of the lake and the view of days, in a database whose name can be chosen', () => {
    const names = Object.values(analytics.findResources('AWS::Glue::Table')).map(
      ({ Properties }) => Properties.TableInput.Name,
    );
    assert.equal(names.length, lakeTables.length + 1);
    assert.deepEqual(new Set(names), new Set([...lakeTables.map(({ name }) => name), 'days']));
    analytics.hasResourceProperties('AWS::Glue::Database', { DatabaseInput: { Name: 'kinetrack' } });
    tuned.hasResourceProperties('AWS::Glue::Database', { DatabaseInput: { Name: 'team_7' } });
  });

  for (const table of lakeTables) {
    it(`has the columns of ${table.name} as the schema gives them`, () => {
      const { StorageDescriptor } = tableInput(table.name);
      assert.deepEqual(
        StorageDescriptor.Columns.map(({ Name, Type }: { Name: string; Type: string }) => [Name, Type]),
        table.columns.map(({ name, type }) => [name, glueType(type)]),
      );
    });
  }

  it('reads raw events as gzipped JSON lines and rollups as Parquet', () => {
    assert.equal(
      tableInput('sample').StorageDescriptor.SerdeInfo.SerializationLibrary,
      'org.openx.data.jsonserde.JsonSerDe',
    );
    assert.equal(tableInput('sample').StorageDescriptor.Compressed, true);
    assert.equal(
      tableInput('hours').StorageDescriptor.SerdeInfo.SerializationLibrary,
      'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe',
    );
  });

  it('computes the partitions of an activity from date and hour', () => {
    const { Parameters, PartitionKeys } = tableInput('sample');
    assert.deepEqual(PartitionKeys, [
      { Name: 'dt', Type: 'string' },
      { Name: 'hour', Type: 'string' },
    ]);
    assert.equal(Parameters['projection.enabled'], 'true');
    assert.equal(Parameters['projection.dt.type'], 'date');
    assert.equal(Parameters['projection.dt.format'], 'yyyy-MM-dd');
    assert.equal(Parameters['projection.dt.range'], '2026-01-01,NOW+1DAYS');
    assert.equal(Parameters['projection.hour.type'], 'integer');
    assert.equal(Parameters['projection.hour.range'], '0,23');
    assert.equal(Parameters['projection.hour.digits'], '2');
    tuned.hasResourceProperties('AWS::Glue::Table', {
      TableInput: { Name: 'hours', Parameters: { 'projection.dt.range': '2025-06-01,NOW+1DAYS' } },
    });
  });

  it('finds each table where Firehose and the rollup write', () => {
    const located = (name: string) =>
      JSON.stringify(tableInput(name).Parameters['storage.location.template']);
    assert.match(located('sample'), /\/raw\/activity_type=sample\/dt=\$\{dt\}\/hour=\$\{hour\}\//);
    assert.match(located('minutes'), /\/rollup\/minutes\/dt=\$\{dt\}\/hour=\$\{hour\}\//);
    assert.match(
      located('events'),
      /\/raw\/activity_type=\$\{activity_type\}\/dt=\$\{dt\}\/hour=\$\{hour\}\//,
    );
  });

  it('lists the activity types of the table of all events', () => {
    const { Parameters } = tableInput('events');
    assert.equal(Parameters['projection.activity_type.type'], 'enum');
    assert.equal(Parameters['projection.activity_type.values'], ACTIVITY_TYPES.join(','));
  });
});

describe('the view of days', () => {
  it('is encoded as Athena encodes a view', () => {
    const view = tableInput('days');
    assert.equal(view.TableType, 'VIRTUAL_VIEW');
    assert.equal(view.Parameters.presto_view, 'true');
    const [, encoded] = /^\/\* Presto View: (\S+) \*\/$/.exec(view.ViewOriginalText) ?? [];
    const decoded = JSON.parse(Buffer.from(encoded ?? '', 'base64').toString());
    assert.deepEqual(decoded, {
      originalSql: DAYS_VIEW_SQL,
      catalog: 'awsdatacatalog',
      schema: 'kinetrack',
      columns: DAYS_VIEW_COLUMNS.map(({ name, type }) => ({
        name,
        type: type.kind === 'string' ? 'varchar' : 'bigint',
      })),
    });
  });

  it('has the columns that its query yields, with their types', async () => {
    const hours = lakeTables.find(({ name }) => name === 'hours');
    assert.ok(hours);
    const instance = await DuckDBInstance.create(':memory:');
    const connection = await instance.connect();
    try {
      const columns = hours.columns.map(({ name, type }) => `${name} ${duckdbType(type)}`).join(', ');
      await connection.run(`CREATE TABLE hours (${columns})`);
      const described = await connection.runAndReadAll(`DESCRIBE ${DAYS_VIEW_SQL}`);
      assert.deepEqual(
        described.getRowObjectsJson().map((row) => [row.column_name, row.column_type]),
        DAYS_VIEW_COLUMNS.map(({ name, type }) => [name, duckdbType(type)]),
      );
    } finally {
      connection.closeSync();
      instance.closeSync();
    }
  });
});

describe('the workgroup', () => {
  it('limits what a query scans and lets no client say otherwise', () => {
    analytics.hasResourceProperties('AWS::Athena::WorkGroup', {
      Name: 'kinetrack',
      WorkGroupConfiguration: {
        EnforceWorkGroupConfiguration: true,
        BytesScannedCutoffPerQuery: 10 * 1024 ** 3,
        EngineVersion: { SelectedEngineVersion: 'Athena engine version 3' },
        ResultConfiguration: { EncryptionConfiguration: { EncryptionOption: 'SSE_KMS' } },
      },
    });
    tuned.hasResourceProperties('AWS::Athena::WorkGroup', {
      Name: 'team_7',
      WorkGroupConfiguration: { BytesScannedCutoffPerQuery: 10 * 1024 ** 2 },
    });
  });

  it('deletes results after a week, and with the stack', () => {
    analytics.hasResource('AWS::S3::Bucket', {
      Properties: {
        LifecycleConfiguration: { Rules: Match.arrayWith([Match.objectLike({ ExpirationInDays: 7 })]) },
      },
      DeletionPolicy: 'Delete',
    });
    analytics.resourceCountIs('Custom::S3AutoDeleteObjects', 1);
  });
});

describe('the rollup function', () => {
  it('runs on Node 24 on ARM with a core of its own', () => {
    analytics.hasResourceProperties('AWS::Lambda::Function', {
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      MemorySize: 1769,
      Timeout: 300,
      LoggingConfig: { LogFormat: 'JSON' },
    });
  });

  it('gathers messages for a minute and fails them one by one', () => {
    analytics.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      BatchSize: 1000,
      MaximumBatchingWindowInSeconds: 60,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    });
  });

  it('is asked for no more at once than is reserved, so that no message fails by throttling', () => {
    tuned.hasResourceProperties('AWS::Lambda::Function', { ReservedConcurrentExecutions: 3 });
    tuned.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      ScalingConfig: { MaximumConcurrency: 3 },
    });
  });

  it('takes no longer than the queue hides a message from others', () => {
    const { ingestion } = synth();
    const [queue] = Object.values(
      ingestion.findResources('AWS::SQS::Queue', { Properties: { RedrivePolicy: Match.anyValue() } }),
    );
    assert.ok(queue?.Properties.VisibilityTimeout >= 6 * 300);
  });

  it('reads samples, writes rollups, lists only samples and may do nothing else in the lake', () => {
    const statements = allowed(analytics, 'Lambda').filter(({ actions }) =>
      actions.some((a) => a.startsWith('s3:')),
    );
    assert.deepEqual(
      statements.map(({ actions, resources, condition }) => ({
        actions,
        paths: resources.map((resource) => /"(\/[^"]+)"\]\]\}$/.exec(resource)?.[1] ?? ''),
        condition,
      })),
      [
        {
          actions: ['s3:ListBucket'],
          paths: [''],
          condition: { StringLike: { 's3:prefix': 'raw/activity_type=sample/*' } },
        },
        { actions: ['s3:GetObject'], paths: ['/raw/activity_type=sample/*'], condition: undefined },
        {
          actions: ['s3:DeleteObject', 's3:PutObject'],
          paths: ['/rollup/hours/*', '/rollup/minutes/*'],
          condition: undefined,
        },
      ],
    );
  });

  it('has a log group that ends, and no policy of AWS that would let it write into others', () => {
    const { id } = onlyOf(analytics, 'AWS::Logs::LogGroup');
    analytics.hasResourceProperties('AWS::Logs::LogGroup', { RetentionInDays: 90 });
    analytics.hasResourceProperties('AWS::Lambda::Function', { LoggingConfig: { LogGroup: { Ref: id } } });
    const logging = allowed(analytics, 'Lambda').filter(({ actions }) =>
      actions.some((a) => a.startsWith('logs:')),
    );
    assert.deepEqual(
      logging.flatMap(({ resources }) => resources),
      [`{"Fn::GetAtt":["${id}","Arn"]}`],
    );
  });
});
