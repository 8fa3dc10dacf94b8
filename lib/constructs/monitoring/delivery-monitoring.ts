import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { deliverySpec } from '../../../pipeline/delivery.ts';
import {
  type AlarmDefinition,
  AT_LEAST,
  LESS_THAN,
  MORE_THAN,
  type PartMonitoring,
  PERIOD,
  SILENCE_IS_FINE,
} from './part-monitoring.ts';

export interface DeliveryMonitoringProps {
  readonly deliveryStreamName: string;
  /** What it reads: a stream, or what agents write to it themselves. */
  readonly source: 'stream' | 'direct';
  /** Partitions that may be open at the same time. */
  readonly activePartitionQuota: number;
}

/**
 * With dynamic partitioning a delivery takes up to 1.5 times the interval, here 450 s; as much again is room for one
 * retry. AWS advises an alarm above the longest interval, which is the same 900 s.
 * https://docs.aws.amazon.com/firehose/latest/dev/buffering.html
 * https://docs.aws.amazon.com/firehose/latest/dev/firehose-cloudwatch-metrics-best-practices.html
 */
const FRESHNESS_LIMIT_S = 3 * deliverySpec.bufferIntervalS;

/** Firehose: does everything reach the lake, and in time? Names and dimensions as in
 * https://docs.aws.amazon.com/firehose/latest/dev/monitoring-with-cloudwatch-metrics.html */
export function deliveryMonitoring(props: DeliveryMonitoringProps): PartMonitoring {
  // While a deployment moves from one source to the other it has both.
  const name = props.source === 'stream' ? 'Delivery' : 'Direct';
  const metrics = metricsOf(props);
  const { metric, freshness, partitions, behind, throttled } = metrics;

  const bySource: AlarmDefinition =
    props.source === 'stream'
      ? {
          id: 'DeliveryBehind',
          meaning:
            'Firehose reads the stream more slowly than agents write to it. First compare the incoming bytes with the throughput quota of Firehose. Nothing is lost unless StreamExpiring is raised.',
          metric: behind,
          // It reads all the time and buffers behind the reading: seconds are normal, ten minutes are not.
          threshold: 600_000,
          comparisonOperator: MORE_THAN,
          evaluationPeriods: 3,
          missing: SILENCE_IS_FINE,
        }
      : {
          id: 'DirectThrottled',
          meaning:
            'Firehose rejects records; agents keep and retry them. First compare the incoming records and bytes with the quotas of this Firehose, and request higher quotas.',
          metric: throttled,
          threshold: 1,
          comparisonOperator: AT_LEAST,
          // Peaks of a morning pass by themselves: agents spread their retries.
          evaluationPeriods: 9,
          missing: SILENCE_IS_FINE,
        };

  return {
    title: props.source === 'stream' ? 'Delivery' : 'Delivery without a stream',
    alarms: [
      {
        id: `${name}Late`,
        meaning:
          'The oldest record in Firehose is older than 15 minutes: lake and figures are late. First read the delivery errors in the Firehose log group: usually, a role or key was changed.',
        metric: freshness,
        threshold: FRESHNESS_LIMIT_S,
        comparisonOperator: MORE_THAN,
        evaluationPeriods: 3,
        // Nothing is reported while nothing waits; that nothing comes at all is the business of AgentsSilent.
        missing: SILENCE_IS_FINE,
      },
      {
        id: `${name}Failing`,
        meaning:
          'Firehose fails to write to the lake. First read the delivery errors in its log group: the usual cause is a changed role, bucket policy or key.',
        metric: metric('DeliveryToS3.Success', 'Average'),
        // The share of the writes that succeeded. A single failure is retried for five minutes and forgotten.
        threshold: 1,
        comparisonOperator: LESS_THAN,
        evaluationPeriods: 3,
        missing: SILENCE_IS_FINE,
      },
      bySource,
      {
        id: `${name}PartitionsNearQuota`,
        meaning:
          '80 % of the quota of active partitions is used: records of many different hours arrive, for example after an outage. First request a higher quota. Above the quota, records go to errors/.',
        metric: partitions,
        // Types times hours of backlog: it climbs with the fleet, and the quota takes AWS a day to raise.
        threshold: Math.floor(0.8 * props.activePartitionQuota),
        comparisonOperator: AT_LEAST,
        evaluationPeriods: 1,
        missing: SILENCE_IS_FINE,
      },
      {
        id: `${name}PartitionsExceeded`,
        meaning:
          'The quota of active partitions is exceeded: records go to errors/ as activePartitionExceeded. First request a higher quota, then redeliver them with `kinetrack replay`.',
        metric: metric('PartitionCountExceeded', 'Maximum'),
        // 1 while the limit is passed, otherwise 0.
        threshold: 1,
        comparisonOperator: AT_LEAST,
        evaluationPeriods: 1,
        missing: SILENCE_IS_FINE,
      },
    ],
    graphs: graphsOf(props.source, metrics),
  };
}

function metricsOf({ deliveryStreamName }: DeliveryMonitoringProps) {
  const metric = (metricName: string, statistic: string, label?: string) =>
    new Metric({
      namespace: 'AWS/Firehose',
      metricName,
      dimensionsMap: { DeliveryStreamName: deliveryStreamName },
      statistic,
      period: PERIOD,
      ...(label !== undefined && { label }),
    });
  const freshness = metric('DeliveryToS3.DataFreshness', 'Maximum');
  const partitions = metric('PartitionCount', 'Maximum');
  const behind = metric('KinesisMillisBehindLatest', 'Maximum');
  const throttled = metric('ThrottledRecords', 'Sum');
  return { metric, freshness, partitions, behind, throttled };
}

function graphsOf(
  source: DeliveryMonitoringProps['source'],
  { metric, freshness, partitions, behind, throttled }: ReturnType<typeof metricsOf>,
): PartMonitoring['graphs'] {
  return [
    { title: 'Age of the oldest record', left: [freshness], leftLabel: 'seconds' },
    {
      title: 'Records in the lake',
      left: [metric('DeliveryToS3.Records', 'Sum', 'records')],
      leftLabel: 'records',
      right: [metric('DeliveryToS3.Success', 'Average', 'share that succeeded')],
      rightLabel: 'share',
    },
    {
      title: 'Open partitions',
      left: [partitions],
      leftLabel: 'partitions',
      // It decides the throughput of a partitioned Firehose.
      right: [metric('JQProcessing.Duration', 'Average', 'JQ')],
      rightLabel: 'milliseconds',
    },
    source === 'stream'
      ? { title: 'Behind the stream', left: [behind], leftLabel: 'milliseconds' }
      : { title: 'Records that were refused', left: [throttled], leftLabel: 'records' },
  ];
}
