import type { Duration } from 'aws-cdk-lib';
import type { IStream } from 'aws-cdk-lib/aws-kinesis';
import { AT_LEAST, MORE_THAN, type PartMonitoring, PERIOD, SILENCE_IS_FINE } from './part-monitoring.ts';

export interface StreamMonitoringProps {
  readonly stream: IStream;
  /** How long the stream keeps a record. */
  readonly retention: Duration;
}

/** The stream: does it take what agents send, and is it emptied before records expire? */
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
        // An on-demand stream refuses for some minutes while it grows, and agents that come back together make a
        // short peak: three quarters of an hour are neither.
        threshold: 1,
        comparisonOperator: AT_LEAST,
        evaluationPeriods: 9,
        missing: SILENCE_IS_FINE,
      },
      {
        id: 'StreamExpiring',
        meaning:
          'Records have waited for half of the stream retention; at the full retention they are lost. First increase the retention of the stream today, then check the delivery alarms.',
        metric: age,
        threshold: retention.toMilliseconds() / 2,
        comparisonOperator: MORE_THAN,
        // It rises a minute a minute: one point is as good as three, and every minute counts.
        evaluationPeriods: 1,
        missing: SILENCE_IS_FINE,
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
