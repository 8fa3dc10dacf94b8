import assert from 'node:assert/strict';
import { DuckDBInstance } from '@duckdb/node-api';
import {
  ACTIVITY_TYPES,
  DAYS_VIEW_COLUMNS,
  DAYS_VIEW_SQL,
  duckdbType,
  glueType,
  lakeTables,
} from '@kinetrack/schema';
import { Duration, Size, Stack } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/assertions';
import { ActivityCatalog, type ActivityCatalogProps } from '../../lib/activity-catalog.ts';
import { ActivityLake } from '../../lib/activity-lake.ts';
import { NAMED_QUERIES } from '../../pipeline/queries/named.ts';
import { templateWith } from '../support/cdk/synth.ts';
import { onlyOf } from '../support/cdk/template.ts';

const catalogWith = (props: Omit<ActivityCatalogProps, 'lake'>) =>
  templateWith((stack) => {
    const lake = new ActivityLake(stack, 'Lake', { retention: { queryResults: Duration.days(9) } });
    new ActivityCatalog(stack, 'Catalog', { lake, ...props });
  });

const catalog = catalogWith({ databaseName: 'kinetrack' });
const tuned = catalogWith({
  firstDate: '2025-06-01',
  databaseName: 'team_7',
  scanLimit: Size.mebibytes(10),
});

function tableInput(name: string) {
  const found = Object.values(
    catalog.findResources('AWS::Glue::Table', { Properties: { TableInput: { Name: name } } }),
  );
  assert.equal(found.length, 1, `${found.length} tables are named ${name}`);
  return found[0]?.Properties.TableInput;
}

describe('the catalog', () => {
  it('holds every table of the lake and the view of days, in a database whose name can be chosen', () => {
    const names = Object.values(catalog.findResources('AWS::Glue::Table')).map(
      ({ Properties }) => Properties.TableInput.Name,
    );
    assert.equal(names.length, lakeTables.length + 1);
    assert.deepEqual(new Set(names), new Set([...lakeTables.map(({ name }) => name), 'days']));
    catalog.hasResourceProperties('AWS::Glue::Database', { DatabaseInput: { Name: 'kinetrack' } });
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
    catalog.hasResourceProperties('AWS::Athena::WorkGroup', {
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

  it('deletes results at the age that the lake is set to, and with the stack', () => {
    catalog.hasResource('AWS::S3::Bucket', {
      Properties: {
        LifecycleConfiguration: { Rules: Match.arrayWith([Match.objectLike({ ExpirationInDays: 9 })]) },
      },
      DeletionPolicy: 'Delete',
    });
    catalog.resourceCountIs('Custom::S3AutoDeleteObjects', 1);
  });
});

describe('the named queries', () => {
  it('are in the workgroup and the database, with the text that runs locally', () => {
    const found = Object.values(catalog.findResources('AWS::Athena::NamedQuery')).map(
      ({ Properties }) => Properties,
    );
    const database = { Ref: onlyOf(catalog, 'AWS::Glue::Database').id };
    assert.deepEqual(
      found.map(({ Name, Description, QueryString, Database, WorkGroup }) => [
        Name,
        Description,
        QueryString,
        Database,
        WorkGroup,
      ]),
      NAMED_QUERIES.map(({ name, description, sql }) => [name, description, sql, database, 'kinetrack']),
    );
  });

  it('are made after the workgroup, which their text only names', () => {
    catalog.allResources('AWS::Athena::NamedQuery', {
      DependsOn: [onlyOf(catalog, 'AWS::Athena::WorkGroup').id],
    });
  });

  it('are within what Athena stores', () => {
    // https://docs.aws.amazon.com/athena/latest/APIReference/API_CreateNamedQuery.html
    for (const { name, description, sql } of NAMED_QUERIES) {
      assert.ok(name.length <= 128, name);
      assert.ok(description.length <= 1024, `${name}: its description has ${description.length} characters`);
      assert.ok(Buffer.byteLength(sql) <= 262_144, name);
    }
  });
});

describe('two catalogs in one stack', () => {
  it('make up names that Glue and Athena take and that differ', () => {
    const stack = new Stack();
    const names = ['One', 'Two'].map((id) => {
      const lake = new ActivityLake(stack, `Lake${id}`);
      return new ActivityCatalog(stack, id, { lake }).databaseName;
    });
    assert.equal(new Set(names).size, 2);
    for (const name of names) assert.match(name, /^[a-z][a-z0-9_]{0,127}$/);
  });
});
