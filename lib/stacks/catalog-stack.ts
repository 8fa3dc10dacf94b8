import { Size, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { ActivityCatalog } from '../activity-catalog.ts';
import type { ActivityLake } from '../activity-lake.ts';
import type { DeploymentConfig } from '../config.ts';
import { outputCatalog } from '../outputs.ts';

export interface CatalogStackProps extends StackProps {
  readonly config: DeploymentConfig;
  readonly lake: ActivityLake;
}

/** Tables and queries of the lake. Its only data are recent query results. */
export class CatalogStack extends Stack {
  readonly catalog: ActivityCatalog;

  constructor(scope: Construct, id: string, { config, lake, ...props }: CatalogStackProps) {
    super(scope, id, { description: 'Kinetrack: catalog and queries.', ...props });
    this.catalog = new ActivityCatalog(this, 'Activity', {
      lake,
      databaseName: config.databaseName,
      firstDate: config.firstDate,
      scanLimit: Size.mebibytes(config.scanLimitMiB),
    });
    outputCatalog(this, this.catalog);
  }
}
