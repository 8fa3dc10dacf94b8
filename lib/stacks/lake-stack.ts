import { Duration, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { ActivityLake } from '../activity-lake.ts';
import type { DeploymentConfig } from '../config.ts';
import { outputLake } from '../outputs.ts';

export interface LakeStackProps extends StackProps {
  readonly config: DeploymentConfig;
}

/** All data that must not be lost: update this stack rarely, delete it last. */
export class LakeStack extends Stack {
  readonly lake: ActivityLake;

  constructor(scope: Construct, id: string, { config, ...props }: LakeStackProps) {
    super(scope, id, { description: 'Kinetrack: lake, key, summaries and queues.', ...props });
    const { raw, rollups, summaries, screenshots, errors, queryResults, accessLogs } = config.retentionDays;
    this.lake = new ActivityLake(this, 'Activity', {
      retention: {
        raw: Duration.days(raw),
        rollups: Duration.days(rollups),
        summaries: Duration.days(summaries),
        screenshots: Duration.days(screenshots),
        errors: Duration.days(errors),
        queryResults: Duration.days(queryResults),
        accessLogs: Duration.days(accessLogs),
      },
      removalPolicy: config.retainData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    outputLake(this, this.lake);
  }
}
