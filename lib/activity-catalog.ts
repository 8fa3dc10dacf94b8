import { DAYS_VIEW_COLUMNS, DAYS_VIEW_SQL, LAKE_PREFIXES, lakeTables } from '@kinetrack/schema';
import { Names, RemovalPolicy, Size, Stack } from 'aws-cdk-lib';
import { CfnNamedQuery } from 'aws-cdk-lib/aws-athena';
import * as glue from 'aws-cdk-lib/aws-glue';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { NAMED_QUERIES } from '../pipeline/queries/named.ts';
import type { ActivityLake } from './activity-lake.ts';
import { AthenaView } from './constructs/athena-view.ts';
import { LakeTable } from './constructs/lake-table.ts';
import { QueryWorkgroup } from './constructs/query-workgroup.ts';

export interface ActivityCatalogProps {
  readonly lake: ActivityLake;
  /**
   * Name of the Glue database and of the Athena workgroup: lower-case letters, digits and `_`.
   * @default a name derived from the construct path
   */
  readonly databaseName?: string;
  /**
   * First date of the partitions, as `2026-01-01`. Queries do not find earlier events. An early date slows
   * down queries without a condition on `dt`.
   * @default 2026-01-01
   */
  readonly firstDate?: string;
  /**
   * Maximum data scanned by one query, at least 10 MiB; Athena cancels the query above it. @default 10 GiB
   */
  readonly scanLimit?: Size;
}

/** Database, tables, the view `days`, a workgroup with limits, and named queries over the lake. */
export class ActivityCatalog extends Construct {
  readonly database: glue.Database;
  readonly databaseName: string;
  readonly workgroupName: string;
  /** Query results. */
  readonly results: s3.Bucket;

  constructor(scope: Construct, id: string, props: ActivityCatalogProps) {
    super(scope, id);
    const { lake, firstDate = '2026-01-01', scanLimit = Size.gibibytes(10) } = props;
    this.databaseName = props.databaseName ?? uniqueName(this);
    this.database = new glue.Database(this, 'Database', {
      databaseName: this.databaseName,
      description: 'The Kinetrack lake.',
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const database = this.database;
    for (const table of lakeTables) {
      new LakeTable(this, `Table-${table.name}`, { table, database, bucket: lake.bucket, firstDate });
    }
    new AthenaView(this, 'View-days', {
      name: 'days',
      description: 'One row per person and local date.',
      sql: DAYS_VIEW_SQL,
      columns: DAYS_VIEW_COLUMNS,
      database,
      databaseName: this.databaseName,
    });

    this.workgroupName = this.databaseName;
    const workgroup = new QueryWorkgroup(this, 'Queries', {
      name: this.workgroupName,
      key: lake.key,
      scanLimit,
      resultRetention: lake.retention.queryResults,
    });
    this.results = workgroup.results;
    for (const { name, description, sql } of NAMED_QUERIES) {
      const query = new CfnNamedQuery(this, `Query-${name}`, {
        name,
        description,
        queryString: sql,
        database: database.databaseName,
        workGroup: this.workgroupName,
      });
      query.addResourceDependency(workgroup.resource);
    }
  }
}

/** A literal at synthesis, because the definition of the view contains it. */
const uniqueName = (scope: Construct): string =>
  Names.uniqueResourceName(scope, { maxLength: 100, separator: '_' }).toLowerCase();

/**
 * Permissions of an analyst: queries of the tables in the workgroup, but no access to screenshots, deletion
 * records and undeliverable records. IAM cannot restrict the rows of a query: access is to all people or
 * none.
 * https://docs.aws.amazon.com/athena/latest/ug/fine-grained-access-to-glue-resources.html
 */
export function queryStatements(
  lake: ActivityLake,
  catalog: ActivityCatalog,
): readonly iam.PolicyStatement[] {
  const stack = Stack.of(catalog);
  const { region, urlSuffix } = stack;
  const glueArn = (resource: string, resourceName?: string) =>
    stack.formatArn({ service: 'glue', resource, ...(resourceName !== undefined && { resourceName }) });
  const tables = [LAKE_PREFIXES.raw, LAKE_PREFIXES.rollup];
  const allow = (actions: string[], resources: string[], conditions: Record<string, unknown> = {}) =>
    new iam.PolicyStatement({ actions, resources, conditions });
  return [
    allow(
      [
        'athena:BatchGetNamedQuery',
        'athena:GetNamedQuery',
        'athena:GetQueryExecution',
        'athena:GetQueryResults',
        'athena:GetWorkGroup',
        'athena:ListNamedQueries',
        'athena:StartQueryExecution',
        'athena:StopQueryExecution',
      ],
      [stack.formatArn({ service: 'athena', resource: 'workgroup', resourceName: catalog.workgroupName })],
    ),
    allow(
      ['glue:GetDatabase', 'glue:GetPartitions', 'glue:GetTable', 'glue:GetTables'],
      [
        glueArn('catalog'),
        glueArn('database', catalog.databaseName),
        glueArn('table', `${catalog.databaseName}/*`),
      ],
    ),
    allow(
      ['s3:GetObject'],
      tables.map((prefix) => lake.bucket.arnForObjects(`${prefix}*`)),
    ),
    allow(['s3:ListBucket'], [lake.bucket.bucketArn], {
      StringLike: { 's3:prefix': tables.map((prefix) => `${prefix}*`) },
    }),
    allow(
      ['s3:AbortMultipartUpload', 's3:GetObject', 's3:ListMultipartUploadParts', 's3:PutObject'],
      [catalog.results.arnForObjects('*')],
    ),
    allow(['s3:ListBucket'], [catalog.results.bucketArn]),
    allow(['s3:GetBucketLocation'], [lake.bucket.bucketArn, catalog.results.bucketArn]),
    allow(['kms:Decrypt', 'kms:GenerateDataKey'], [lake.key.keyArn], {
      StringEquals: { 'kms:ViaService': `s3.${region}.${urlSuffix}` },
    }),
  ];
}
