import { Duration, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { ActivityIngestion } from '../activity-ingestion.ts';
import type { ActivityLake } from '../activity-lake.ts';
import { ActivitySource } from '../activity-source.ts';
import type { DeploymentConfig } from '../config.ts';
import { outputIngestion } from '../outputs.ts';

export interface IngestionStackProps extends StackProps {
  readonly config: DeploymentConfig;
  readonly lake: ActivityLake;
}

/** Stream and Firehose. They buffer records for minutes, or for days during a failure. */
export class IngestionStack extends Stack {
  readonly ingestion: ActivityIngestion;

  constructor(scope: Construct, id: string, { config, lake, ...props }: IngestionStackProps) {
    super(scope, id, { description: 'Kinetrack: activity stream and delivery.', ...props });
    this.ingestion = new ActivityIngestion(this, 'Activity', { lake, source: sourceOf(config) });
    outputIngestion(this, this.ingestion);
  }
}

function sourceOf({ source, streamName, streamMode, shards, streamRetentionHours }: DeploymentConfig) {
  const stream = {
    streamName,
    ...(streamMode === 'provisioned' && { shardCount: shards }),
    retention: Duration.hours(streamRetentionHours),
  };
  switch (source) {
    case 'stream':
      return ActivitySource.stream(stream);
    case 'direct':
      return ActivitySource.direct();
    case 'both':
      return ActivitySource.both(stream);
  }
}
