import type { Duration } from 'aws-cdk-lib';
import { type IMetric, MathExpression, type Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import {
  type AlarmDefinition,
  AT_LEAST,
  MORE_THAN,
  type PartMonitoring,
  PERIOD,
  SILENCE_IS_FINE,
  STAYS_AS_IT_WAS,
} from './part-monitoring.ts';

/** A function with the time after which Lambda ends it. */
export interface MonitoredFunction {
  readonly function: IFunction;
  readonly timeout: Duration;
  /** Failures that the function survives and Lambda does not count. @default there are none */
  readonly failures?: Metric;
}

export interface RollupMonitoringProps {
  readonly rollup: MonitoredFunction | undefined;
  /** Deletes people and sweeps what arrived of them afterwards. */
  readonly deletion: IFunction | undefined;
  /** Raw objects that wait for the rollup. */
  readonly arrivals: IQueue | undefined;
  /** What was given up, by what it was: `Arrivals`, `Slices`, `Deletions`. */
  readonly deadLetters: Readonly<Record<string, IQueue>>;
}

/** Rollups and deletions: do they run, in time, and is anything given up? */
export function rollupMonitoring({
  rollup,
  deletion,
  arrivals,
  deadLetters,
}: RollupMonitoringProps): PartMonitoring {
  const oldest = arrivals?.metricApproximateAgeOfOldestMessage({ statistic: 'Maximum', period: PERIOD });
  const dead = Object.entries(deadLetters).map(([name, queue]) => ({
    name,
    // Not NumberOfMessagesSent: what SQS moves itself is not counted there.
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
              // Seconds. A minute of batching, a run of minutes and two retries make half an hour at worst.
              threshold: 3600,
              comparisonOperator: MORE_THAN,
              evaluationPeriods: 1,
              missing: SILENCE_IS_FINE,
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
        // An idle queue stops reporting after six hours while messages still lie in it: what was bad stays bad.
        missing: STAYS_AS_IT_WAS,
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

/** What ended a run, and what a run gave back to its queue. */
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
      // What failed comes again after half an hour, for which its queue hides it: one failure is nobody's concern, two
      // within an hour are.
      evaluationPeriods: 12,
      datapointsToAlarm: 2,
      missing: SILENCE_IS_FINE,
    },
    {
      id: 'RollupThrottled',
      meaning:
        'Lambda does not run the rollup: the concurrency of the account is used up. First find the function that uses it, or request a higher quota.',
      metric: rollup.metricThrottles({ statistic: 'Sum', period: PERIOD }),
      threshold: 1,
      comparisonOperator: AT_LEAST,
      // The queue sends no more than is reserved, so a single one is possible only while that number changes.
      evaluationPeriods: 3,
      missing: SILENCE_IS_FINE,
    },
    {
      id: 'RollupSlow',
      meaning:
        'A rollup takes more than 80 % of its timeout and can soon fail. First increase the parameter people, which splits an hour into more slices.',
      metric: rollup.metricDuration({ statistic: 'Maximum', period: PERIOD }),
      // Milliseconds; a fifth of the time is left to grow into.
      threshold: 0.8 * timeout.toMilliseconds(),
      comparisonOperator: MORE_THAN,
      evaluationPeriods: 3,
      datapointsToAlarm: 2,
      missing: SILENCE_IS_FINE,
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
      // A promise to a person: one failure is enough.
      threshold: 1,
      comparisonOperator: AT_LEAST,
      evaluationPeriods: 1,
      missing: SILENCE_IS_FINE,
    },
  ];
}
