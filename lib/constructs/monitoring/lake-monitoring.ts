import { type IMetric, MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import { type ITable, Operation } from 'aws-cdk-lib/aws-dynamodb';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import {
  type AlarmDefinition,
  AT_LEAST,
  type GraphDefinition,
  type PartMonitoring,
  PERIOD,
  SILENCE_IS_FINE,
} from './part-monitoring.ts';

/** What is asked of a table. No ITable: as the CDK declares it, its own Table is none under exactOptionalPropertyTypes. */
export type MonitoredTable = Pick<
  ITable,
  'tableName' | 'metric' | 'metricConsumedReadCapacityUnits' | 'metricConsumedWriteCapacityUnits'
>;

export interface LakeMonitoringProps {
  /** Gets a message for every object under `errors/`. */
  readonly errorArrivals: IQueue | undefined;
  /** Tables by what they hold: `Summaries`, `Devices`. */
  readonly tables: Readonly<Record<string, MonitoredTable>>;
}

/** The operations that our functions use. CloudWatch reports errors per operation and takes ten in one expression. */
const OPERATIONS = [
  Operation.GET_ITEM,
  Operation.BATCH_GET_ITEM,
  Operation.QUERY,
  Operation.DELETE_ITEM,
  Operation.UPDATE_ITEM,
  Operation.BATCH_WRITE_ITEM,
];

/** What rests in the account: what could not be delivered, and the tables. */
export function lakeMonitoring({ errorArrivals, tables }: LakeMonitoringProps): PartMonitoring {
  const parts = Object.entries(tables).map(([name, table]) => tableMonitoring(name, table));
  const errors = errorArrivals?.metricNumberOfMessagesSent({ statistic: 'Sum', period: PERIOD });
  return {
    title: 'Lake',
    alarms: [
      ...(errors === undefined
        ? []
        : [
            {
              id: 'UndeliverableRecords',
              meaning:
                'New records in errors/: invalid, or not deliverable by Firehose. First list the prefix and read the error code in an object. After fixing the cause, redeliver them with `kinetrack replay`.',
              metric: errors,
              threshold: 1,
              comparisonOperator: AT_LEAST,
              evaluationPeriods: 1,
              missing: SILENCE_IS_FINE,
            },
          ]),
      ...parts.flatMap(({ alarms }) => alarms),
    ],
    graphs: [
      ...(errors === undefined
        ? []
        : [{ title: 'Objects under errors/', left: [errors], leftLabel: 'objects' }]),
      ...parts.map(({ graph }) => graph),
    ],
  };
}

function tableMonitoring(
  name: string,
  table: MonitoredTable,
): { alarms: readonly AlarmDefinition[]; graph: GraphDefinition } {
  const events = (metricName: string) => table.metric(metricName, { statistic: 'Sum', period: PERIOD });
  const throttles = sumOf('throttled', {
    reads: events('ReadThrottleEvents'),
    writes: events('WriteThrottleEvents'),
  });
  const errors = sumOf(
    'errors',
    Object.fromEntries(
      OPERATIONS.map((operation) => [
        operation.toLowerCase(),
        table.metric('SystemErrors', {
          dimensionsMap: { TableName: table.tableName, Operation: operation },
          statistic: 'Sum',
          period: PERIOD,
        }),
      ]),
    ),
  );
  return {
    alarms: [
      {
        id: `${name}Throttled`,
        meaning: `The ${name.toLowerCase()} table is throttled; functions retry. First check whether the consumed capacity increased. An on-demand table adapts within 30 minutes, unless a single key causes the load.`,
        metric: throttles,
        threshold: 1,
        comparisonOperator: AT_LEAST,
        // A jump beyond twice the last peak may be throttled for up to half an hour on on-demand tables.
        evaluationPeriods: 6,
        missing: SILENCE_IS_FINE,
      },
      {
        id: `${name}Errors`,
        meaning: `DynamoDB has internal errors for the ${name.toLowerCase()} table. First check the AWS Health Dashboard. Functions retry automatically.`,
        metric: errors,
        threshold: 1,
        comparisonOperator: AT_LEAST,
        // Single errors of the service are retried by the SDK; a quarter of an hour of them is an incident.
        evaluationPeriods: 3,
        missing: SILENCE_IS_FINE,
      },
    ],
    graph: {
      title: `${name} table`,
      left: [
        table.metricConsumedReadCapacityUnits({ statistic: 'Sum', period: PERIOD, label: 'read' }),
        table.metricConsumedWriteCapacityUnits({ statistic: 'Sum', period: PERIOD, label: 'written' }),
      ],
      leftLabel: 'capacity units',
      right: [throttles],
      rightLabel: 'events',
    },
  };
}

/**
 * DynamoDB reports a metric only when there is something to report, and `a + b`, which the CDK's own
 * metricSystemErrorsForOperations writes, yields nothing as soon as one of them is missing.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
 */
const sumOf = (label: string, usingMetrics: Record<string, IMetric>): MathExpression =>
  new MathExpression({
    expression: `SUM([${Object.keys(usingMetrics)
      .map((name) => `FILL(${name}, 0)`)
      .join(', ')}])`,
    usingMetrics,
    period: PERIOD,
    label,
  });
