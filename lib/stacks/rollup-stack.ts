import { Duration, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { ActivityLake } from '../activity-lake.ts';
import { ActivityRollup } from '../activity-rollup.ts';
import type { DeploymentConfig } from '../config.ts';
import { outputRollup } from '../outputs.ts';

export interface RollupStackProps extends StackProps {
  readonly config: DeploymentConfig;
  readonly lake: ActivityLake;
}

/** Rollup and deletion functions. All their data can be recomputed. */
export class RollupStack extends Stack {
  readonly rollup: ActivityRollup;

  constructor(scope: Construct, id: string, { config, lake, ...props }: RollupStackProps) {
    super(scope, id, { description: 'Kinetrack: rollups and deletion.', ...props });
    this.rollup = new ActivityRollup(this, 'Activity', {
      lake,
      people: config.people,
      concurrency: config.rollupConcurrency,
      ...(config.source !== 'direct' && { streamRetention: Duration.hours(config.streamRetentionHours) }),
    });
    outputRollup(this, this.rollup);
  }
}
