import type { Duration } from 'aws-cdk-lib';
import type { IStream } from 'aws-cdk-lib/aws-kinesis';
import { AT_LEAST, MORE_THAN, NO_DATA_IS_OK, type PartMonitoring, PERIOD } from './part-monitoring.ts';

export interface StreamMonitoringProps {
  readonly stream: IStream;
  /** Retention of the stream. */
  readonly retention: Duration;
}

/** Throttling of the stream, and records close to expiry. */
export function streamMonitoring({ stream, retention }: StreamMonitoringProps): PartMonitoring {
  const throttled = stream.metricWriteProvisionedThroughputExceeded({ statistic: 'Sum', period: PERIOD });
  const age = stream.metricGetRecordsIteratorAgeMilliseconds({ statistic: 'Maximum', period: PERIOD });
  return {
    title: 'Stream',
    alarms: [
      {
        id: 'StreamThrottled',
        meaning:
          'The stream rejects records; agents keep and retry them. First check whether it continues, then add shards or switch the stream to on-demand.',
        metric: throttled,
        // An on-demand stream throttles for some minutes while it scales, and reconnecting agents cause a
        // short peak. Both take less than 45 minutes.
        threshold: 1,
        comparisonOperator: AT_LEAST,
        evaluationPeriods: 9,
        missing: NO_DATA_IS_OK,
      },
      {
        id: 'StreamExpiring',
        meaning:
          'Records have waited for half of the stream retention; at the full retention they are lost. First increase the retention of the stream today, then check the delivery alarms.',
        metric: age,
        threshold: retention.toMilliseconds() / 2,
        comparisonOperator: MORE_THAN,
        // The age increases by a minute per minute, so one data point is sufficient.
        evaluationPeriods: 1,
        missing: NO_DATA_IS_OK,
      },
    ],
    graphs: [
      {
        title: 'Records that came in',
        left: [stream.metricIncomingRecords({ statistic: 'Sum', period: PERIOD, label: 'records' })],
        leftLabel: 'records',
        right: [stream.metricIncomingBytes({ statistic: 'Sum', period: PERIOD, label: 'bytes' })],
        rightLabel: 'bytes',
      },
      { title: 'Records that were refused', left: [throttled], leftLabel: 'records' },
      { title: 'Age of the oldest record at read', left: [age], leftLabel: 'milliseconds' },
    ],
  };
}
