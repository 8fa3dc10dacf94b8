import { Duration } from 'aws-cdk-lib';
import { type IMetric, MathExpression, Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { IStream } from 'aws-cdk-lib/aws-kinesis';
import { type AlarmDefinition, LESS_THAN } from './part-monitoring.ts';

export interface SilenceAlarmProps {
  readonly stream: IStream | undefined;
  /** Name of the Firehose that agents send to directly. */
  readonly directDeliveryStreamName: string | undefined;
  readonly silence: Duration;
}

export class InvalidSilence extends Error {
  readonly code = 'invalid_silence';
  constructor(silence: Duration) {
    super(
      `silence: ${silence.toHumanString()}; must be a whole number of hours from 1 to 168, because CloudWatch evaluates at most seven days. Duration.hours(0) disables the alarm`,
    );
    this.name = 'InvalidSilence';
  }
}

/**
 * Alarm if no agent sends. Data points of one hour, because alarms over shorter periods can evaluate only
 * one day, and over hours seven days:
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
 *
 * Returns no alarm without a destination of agents or with a silence of zero. Throws InvalidSilence.
 */
export function silenceAlarm({ silence, ...senders }: SilenceAlarmProps): readonly AlarmDefinition[] {
  const hours = silence.toHours({ integral: false });
  if (hours === 0) return [];
  if (!Number.isInteger(hours) || hours > 168) throw new InvalidSilence(silence);
  const metric = incomingPerHour(senders);
  if (metric === undefined) return [];
  return [
    {
      id: 'AgentsSilent',
      meaning: `No agent has sent a record for ${hours} hours. First run \`kinetrack doctor\` and \`kinetrack status\` on one computer. In a new deployment, the alarm is raised until the first agent sends.`,
      metric,
      threshold: 1,
      comparisonOperator: LESS_THAN,
      evaluationPeriods: hours,
      // Without records there are no data points.
      missing: TreatMissingData.BREACHING,
    },
  ];
}

function incomingPerHour(senders: Omit<SilenceAlarmProps, 'silence'>): IMetric | undefined {
  const { stream, directDeliveryStreamName } = senders;
  const perHour = { statistic: 'Sum', period: Duration.hours(1) };
  const toStream = stream?.metricIncomingRecords(perHour);
  if (directDeliveryStreamName === undefined) return toStream;
  const toFirehose = new Metric({
    namespace: 'AWS/Firehose',
    metricName: 'IncomingRecords',
    dimensionsMap: { DeliveryStreamName: directDeliveryStreamName },
    ...perHour,
  });
  if (toStream === undefined) return toFirehose;
  return new MathExpression({
    expression: 'SUM([FILL(stream, 0), FILL(firehose, 0)])',
    usingMetrics: { stream: toStream, firehose: toFirehose },
    period: Duration.hours(1),
    label: 'records',
  });
}
