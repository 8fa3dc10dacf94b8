import { DAYS_VIEW_COLUMNS, DAYS_VIEW_SQL, lakeTables } from '@kinetrack/schema';
import { CfnOutput, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import * as glue from 'aws-cdk-lib/aws-glue';
import type { Construct } from 'constructs';
import type { DeploymentConfig } from './config.ts';
import { AthenaView } from './constructs/athena-view.ts';
import { LakeTable } from './constructs/lake-table.ts';
import { QueryWorkgroup } from './constructs/query-workgroup.ts';
import { RollupFunction } from './constructs/rollup-function.ts';
import type { Lake } from './lake.ts';

export interface AnalyticsStackProps extends StackProps {
  readonly config: DeploymentConfig;
  readonly lake: Lake;
}

/** Rollups and queries over the lake. It holds nothing that could not be computed again. */
export class AnalyticsStack extends Stack {
  constructor(scope: Construct, id: string, { config, lake, ...props }: AnalyticsStackProps) {
    super(scope, id, { description: 'Kinetrack: rollups, catalog and queries.', ...props });

    new RollupFunction(this, 'Rollup', { config, lake });

    const database = new glue.Database(this, 'Database', {
      databaseName: config.databaseName,
      description: 'The Kinetrack lake.',
      removalPolicy: RemovalPolicy.DESTROY,
    });
    for (const table of lakeTables) {
      new LakeTable(this, `Table-${table.name}`, {
        table,
        database,
        bucket: lake.bucket,
        firstDate: config.firstDate,
      });
    }
    new AthenaView(this, 'View-days', {
      name: 'days',
      description: 'A row per person and local date.',
      sql: DAYS_VIEW_SQL,
      columns: DAYS_VIEW_COLUMNS,
      database,
      databaseName: config.databaseName,
    });

    const workgroup = new QueryWorkgroup(this, 'Queries', { config, key: lake.key });
    new CfnOutput(this, 'DatabaseName', { value: config.databaseName });
    new CfnOutput(this, 'WorkgroupName', { value: workgroup.name });
  }
}
