import { DAYS_VIEW_COLUMNS, DAYS_VIEW_SQL, lakeTables } from '@kinetrack/schema';
import { Names, RemovalPolicy, Size } from 'aws-cdk-lib';
import { CfnNamedQuery } from 'aws-cdk-lib/aws-athena';
import * as glue from 'aws-cdk-lib/aws-glue';
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
   * @default a name made from the construct's path
   */
  readonly databaseName?: string;
  /**
   * First date that queries look for, as `2026-01-01`. Earlier events stay in the lake, unseen; an early one makes
   * queries without a condition on `dt` slower.
   * @default 2026-01-01
   */
  readonly firstDate?: string;
  /** Athena cancels a query that scans more, 10 MiB at least. @default 10 GiB */
  readonly scanLimit?: Size;
}

/** What makes the lake queryable: database, tables, the view of days, a workgroup with limits, named queries. */
export class ActivityCatalog extends Construct {
  readonly database: glue.Database;
  readonly databaseName: string;
  readonly workgroupName: string;
  /** Results of queries. */
  readonly results: s3.Bucket;

  constructor(scope: Construct, id: string, props: ActivityCatalogProps) {
    super(scope, id);
    const { lake, firstDate = '2026-01-01', scanLimit = Size.gibibytes(10) } = props;
    this.databaseName = props.databaseName ?? madeUpName(this);
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

/** Known at synthesis, because the view carries it inside. */
const madeUpName = (scope: Construct): string =>
  Names.uniqueResourceName(scope, { maxLength: 100, separator: '_' }).toLowerCase();
