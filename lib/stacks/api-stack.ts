import { Stack, type StackProps } from 'aws-cdk-lib';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { ActivityApi } from '../activity-api.ts';
import type { ActivityIdentity } from '../activity-identity.ts';
import type { ActivityIngestion } from '../activity-ingestion.ts';
import type { ActivityLake } from '../activity-lake.ts';
import type { DeploymentConfig } from '../config.ts';
import type { Throttle } from '../constructs/http-api.ts';
import { outputApi } from '../outputs.ts';

export interface ApiStackProps extends StackProps {
  readonly config: DeploymentConfig;
  readonly lake: ActivityLake;
  readonly identity: ActivityIdentity;
  readonly ingestion: ActivityIngestion;
  /** Queue of deletion requests. */
  readonly deletionQueue?: sqs.IQueue;
}

/** HTTPS endpoints for people and devices. Stateless. */
export class ApiStack extends Stack {
  readonly api: ActivityApi;

  constructor(scope: Construct, id: string, { config, lake, identity, ingestion, ...rest }: ApiStackProps) {
    const { deletionQueue, ...props } = rest;
    super(scope, id, { description: 'Kinetrack: API and dashboard.', ...props });
    this.api = new ActivityApi(this, 'Activity', {
      ...{ lake, identity, ingestion },
      ...(deletionQueue !== undefined && { deletionQueue }),
      throttle: { ratePerSecond: config.apiRateLimit, burst: config.apiBurst },
      trackThrottle: trackThrottleFor(config.people),
    });
    outputApi(this, this.api);
  }
}

/**
 * A device sends about once a minute, and again after a failure. The quota of an account is 10,000 requests
 * per second.
 */
function trackThrottleFor(people: number): Throttle {
  const ratePerSecond = Math.min(10_000, Math.max(100, Math.ceil(people / 30)));
  return { ratePerSecond, burst: Math.min(5000, 2 * ratePerSecond) };
}
