import { Stack, type StackProps } from 'aws-cdk-lib';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { ActivityApi } from '../activity-api.ts';
import type { ActivityIdentity } from '../activity-identity.ts';
import type { ActivityIngestion } from '../activity-ingestion.ts';
import type { ActivityLake } from '../activity-lake.ts';
import type { DeploymentConfig } from '../config.ts';
import { outputApi } from '../outputs-api.ts';

export interface ApiStackProps extends StackProps {
  readonly config: DeploymentConfig;
  readonly lake: ActivityLake;
  readonly identity: ActivityIdentity;
  readonly ingestion: ActivityIngestion;
  /** Takes the orders to delete a person. */
  readonly forgetQueue?: sqs.IQueue;
}

/** What people and devices reach over HTTPS. It holds nothing. */
export class ApiStack extends Stack {
  readonly api: ActivityApi;

  constructor(scope: Construct, id: string, { config, lake, identity, ingestion, ...rest }: ApiStackProps) {
    const { forgetQueue, ...props } = rest;
    super(scope, id, { description: 'Kinetrack: API and dashboard.', ...props });
    this.api = new ActivityApi(this, 'Activity', {
      ...{ lake, identity, ingestion },
      ...(forgetQueue !== undefined && { forgetQueue }),
      throttle: { ratePerSecond: config.apiRateLimit, burst: config.apiBurst },
    });
    outputApi(this, this.api);
  }
}
