import { Duration, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { ActivityObservability } from '../activity-observability.ts';
import type { DeploymentConfig } from '../config.ts';
import { type ActivityParts, monitoredParts } from '../monitored-parts.ts';

export interface ObservabilityStackProps extends StackProps {
  readonly config: DeploymentConfig;
  readonly parts: ActivityParts;
}

/** Dashboard and alarms. Stateless. */
export class ObservabilityStack extends Stack {
  readonly observability: ActivityObservability;

  constructor(scope: Construct, id: string, { config, parts, ...props }: ObservabilityStackProps) {
    super(scope, id, { description: 'Kinetrack: dashboard and alarms.', ...props });
    const { alarmEmail, silenceAlarmHours, partitionQuota } = config;
    this.observability = new ActivityObservability(this, 'Activity', {
      ...monitoredParts(parts),
      silence: Duration.hours(silenceAlarmHours),
      activePartitionQuota: partitionQuota,
      ...(alarmEmail !== '' && { email: alarmEmail }),
    });
  }
}
