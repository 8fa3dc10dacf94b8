import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { deliverySpec } from '../../../pipeline/delivery.ts';
import {
  type AlarmDefinition,
  AT_LEAST,
  LESS_THAN,
  MORE_THAN,
  NO_DATA_IS_OK,
  type PartMonitoring,
  PERIOD,
} from './part-monitoring.ts';

export interface DeliveryMonitoringProps {
  readonly deliveryStreamName: string;
  /** Source of the Firehose: a stream, or agents directly. */
  readonly source: 'stream' | 'direct';
  /** Quota of active partitions. */
  readonly activePartitionQuota: number;
}

/**
 * With dynamic partitioning, a delivery takes up to 1.5 times the buffer interval, here 450 s. Twice that
 * allows for one retry. AWS recommends an alarm above the maximum interval, which is also 900 s.
 */
const FRESHNESS_LIMIT_S = 3 * deliverySpec.bufferIntervalS;

/**
 * Completeness and delay of Firehose. Metrics and dimensions:
 * https://docs.aws.amazon.com/firehose/latest/dev/monitoring-with-cloudwatch-metrics.html
 */
export function deliveryMonitoring(props: DeliveryMonitoringProps): PartMonitoring {
  // During a migration, a deployment has both.
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
          // Firehose reads continuously and buffers after reading: seconds are normal, ten minutes are not.
          threshold: 600_000,
          comparisonOperator: MORE_THAN,
          evaluationPeriods: 3,
          missing: NO_DATA_IS_OK,
        }
      : {
          id: 'DirectThrottled',
          meaning:
            'Firehose rejects records; agents keep and retry them. First compare the incoming records and bytes with the quotas of this Firehose, and request higher quotas.',
          metric: throttled,
          threshold: 1,
          comparisonOperator: AT_LEAST,
          // Morning peaks end without intervention: agents spread their retries.
          evaluationPeriods: 9,
          missing: NO_DATA_IS_OK,
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
        // Without records there is no data. AgentsSilent covers missing records.
        missing: NO_DATA_IS_OK,
      },
      {
        id: `${name}Failing`,
        meaning:
          'Firehose fails to write to the lake. First read the delivery errors in its log group: the usual cause is a changed role, bucket policy or key.',
        metric: metric('DeliveryToS3.Success', 'Average'),
        // Share of successful writes. Firehose retries a single failure for five minutes.
        threshold: 1,
        comparisonOperator: LESS_THAN,
        evaluationPeriods: 3,
        missing: NO_DATA_IS_OK,
      },
      bySource,
      {
        id: `${name}PartitionsNearQuota`,
        meaning:
          '80 % of the quota of active partitions is used: records of many different hours arrive, for example after an outage. First request a higher quota. Above the quota, records go to errors/.',
        metric: partitions,
        // Activity types times hours of backlog, which grows with the fleet. AWS takes a day to increase
        // the quota.
        threshold: Math.floor(0.8 * props.activePartitionQuota),
        comparisonOperator: AT_LEAST,
        evaluationPeriods: 1,
        missing: NO_DATA_IS_OK,
      },
      {
        id: `${name}PartitionsExceeded`,
        meaning:
          'The quota of active partitions is exceeded: records go to errors/ as activePartitionExceeded. First request a higher quota, then redeliver them with `kinetrack replay`.',
        metric: metric('PartitionCountExceeded', 'Maximum'),
        // 1 above the quota, otherwise 0.
        threshold: 1,
        comparisonOperator: AT_LEAST,
        evaluationPeriods: 1,
        missing: NO_DATA_IS_OK,
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
      // Limits the throughput of a partitioned Firehose.
      right: [metric('JQProcessing.Duration', 'Average', 'JQ')],
      rightLabel: 'milliseconds',
    },
    source === 'stream'
      ? { title: 'Behind the stream', left: [behind], leftLabel: 'milliseconds' }
      : { title: 'Records that were refused', left: [throttled], leftLabel: 'records' },
  ];
}
