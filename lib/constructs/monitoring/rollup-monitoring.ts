import type { Duration } from 'aws-cdk-lib';
import { type IMetric, MathExpression, type Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import {
  type AlarmDefinition,
  AT_LEAST,
  MORE_THAN,
  NO_DATA_IS_OK,
  NO_DATA_KEEPS_STATE,
  type PartMonitoring,
  PERIOD,
} from './part-monitoring.ts';

/** A function and its timeout. */
export interface MonitoredFunction {
  readonly function: IFunction;
  readonly timeout: Duration;
  /** Failures that Lambda does not count. @default there are none */
  readonly failures?: Metric;
}

export interface RollupMonitoringProps {
  readonly rollup: MonitoredFunction | undefined;
  /** The deletion function. */
  readonly deletion: IFunction | undefined;
  /** Queue of raw objects for the rollup. */
  readonly arrivals: IQueue | undefined;
  /** Dead-letter queues by name: `Arrivals`, `Slices`, `Deletions`. */
  readonly deadLetters: Readonly<Record<string, IQueue>>;
}

/** Errors, delay and dead letters of rollups and deletions. */
export function rollupMonitoring({
  rollup,
  deletion,
  arrivals,
  deadLetters,
}: RollupMonitoringProps): PartMonitoring {
  const oldest = arrivals?.metricApproximateAgeOfOldestMessage({ statistic: 'Maximum', period: PERIOD });
  const dead = Object.entries(deadLetters).map(([name, queue]) => ({
    name,
    // Not NumberOfMessagesSent, which excludes messages moved by SQS.
    waiting: queue.metricApproximateNumberOfMessagesVisible({ statistic: 'Maximum', period: PERIOD }),
  }));
  return {
    title: 'Rollup and deletion',
    alarms: [
      ...(rollup === undefined ? [] : rollupAlarms(rollup)),
      ...(oldest === undefined
        ? []
        : [
            {
              id: 'RollupLate',
              meaning:
                'New data has waited an hour for its rollup: figures are late. First check RollupFailing and RollupThrottled. If neither is raised, increase rollupConcurrency.',
              metric: oldest,
              // Seconds. Batching, a run and two retries take 30 minutes at most.
              threshold: 3600,
              comparisonOperator: MORE_THAN,
              evaluationPeriods: 1,
              missing: NO_DATA_IS_OK,
            },
          ]),
      ...(deletion === undefined ? [] : deletionAlarms(deletion)),
      ...dead.map(({ name, waiting }) => ({
        id: `${name}GivenUp`,
        meaning: `Messages failed five times and are in the dead-letter queue of ${name.toLowerCase()}. First find the message in the log of the function, fix the cause and redrive the queue. A message is deleted 14 days after it was first sent.`,
        metric: waiting,
        threshold: 1,
        comparisonOperator: AT_LEAST,
        evaluationPeriods: 1,
        // An inactive queue reports no metrics after six hours, so an existing alarm stays active.
        missing: NO_DATA_KEEPS_STATE,
      })),
    ],
    graphs: [
      ...(rollup === undefined
        ? []
        : [
            {
              title: 'Rollup',
              left: [
                rollup.function.metricInvocations({ period: PERIOD, label: 'runs' }),
                failuresOf(rollup),
                rollup.function.metricThrottles({ period: PERIOD, label: 'throttled' }),
              ],
              leftLabel: 'runs',
              right: [
                rollup.function.metricDuration({ statistic: 'Maximum', period: PERIOD, label: 'longest' }),
              ],
              rightLabel: 'milliseconds',
            },
          ]),
      ...(oldest === undefined ? [] : [{ title: 'Oldest arrival', left: [oldest], leftLabel: 'seconds' }]),
      ...(deletion === undefined
        ? []
        : [
            {
              title: 'Deletion',
              left: [
                deletion.metricInvocations({ period: PERIOD, label: 'runs' }),
                deletion.metricErrors({ period: PERIOD, label: 'errors' }),
              ],
              leftLabel: 'runs',
            },
          ]),
      ...(dead.length === 0
        ? []
        : [
            {
              title: 'Given up',
              left: dead.map(({ name, waiting }) => waiting.with({ label: name.toLowerCase() })),
              leftLabel: 'messages',
            },
          ]),
    ],
  };
}

/** Failed invocations, and messages returned to their queue. */
function failuresOf({ function: rollup, failures }: MonitoredFunction): IMetric {
  const errors = rollup.metricErrors({ statistic: 'Sum', period: PERIOD, label: 'errors' });
  if (failures === undefined) return errors;
  return new MathExpression({
    expression: 'SUM([FILL(ended, 0), FILL(given_back, 0)])',
    usingMetrics: { ended: errors, given_back: failures.with({ period: PERIOD }) },
    period: PERIOD,
    label: 'errors',
  });
}

function rollupAlarms(monitored: MonitoredFunction): readonly AlarmDefinition[] {
  const { function: rollup, timeout } = monitored;
  return [
    {
      id: 'RollupFailing',
      meaning:
        'Rollups of hours fail repeatedly and keep their last good rows. First read the errors in the log of the rollup function: each contains the hour.',
      metric: failuresOf(monitored),
      threshold: 1,
      comparisonOperator: AT_LEAST,
      // A failed message is retried after 30 minutes, its visibility timeout. One failure needs no action,
      // two within an hour do.
      evaluationPeriods: 12,
      datapointsToAlarm: 2,
      missing: NO_DATA_IS_OK,
    },
    {
      id: 'RollupThrottled',
      meaning:
        'Lambda does not run the rollup: the concurrency of the account is used up. First find the function that uses it, or request a higher quota.',
      metric: rollup.metricThrottles({ statistic: 'Sum', period: PERIOD }),
      threshold: 1,
      comparisonOperator: AT_LEAST,
      // The queue respects the reserved concurrency, so single throttles occur only while it changes.
      evaluationPeriods: 3,
      missing: NO_DATA_IS_OK,
    },
    {
      id: 'RollupSlow',
      meaning:
        'A rollup takes more than 80 % of its timeout and can soon fail. First increase the parameter people, which splits an hour into more slices.',
      metric: rollup.metricDuration({ statistic: 'Maximum', period: PERIOD }),
      // Milliseconds; 20 % of the timeout remain.
      threshold: 0.8 * timeout.toMilliseconds(),
      comparisonOperator: MORE_THAN,
      evaluationPeriods: 3,
      datapointsToAlarm: 2,
      missing: NO_DATA_IS_OK,
    },
  ];
}

function deletionAlarms(deletion: IFunction): readonly AlarmDefinition[] {
  return [
    {
      id: 'DeletionFailing',
      meaning:
        'A deletion or the daily sweep failed: some data may not be deleted yet. First read the log of the deletion function. It retries automatically, and its receipt lists what is left.',
      metric: deletion.metricErrors({ statistic: 'Sum', period: PERIOD }),
      // Deletion is a commitment to a person, so one failure is enough.
      threshold: 1,
      comparisonOperator: AT_LEAST,
      evaluationPeriods: 1,
      missing: NO_DATA_IS_OK,
    },
  ];
}
