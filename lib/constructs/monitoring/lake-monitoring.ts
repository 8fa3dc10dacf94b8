import { type IMetric, MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import { type ITable, Operation } from 'aws-cdk-lib/aws-dynamodb';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import {
  type AlarmDefinition,
  AT_LEAST,
  type GraphDefinition,
  NO_DATA_IS_OK,
  type PartMonitoring,
  PERIOD,
} from './part-monitoring.ts';

/**
 * The members of a table used here. Not ITable: under exactOptionalPropertyTypes, the CDK's Table is not
 * assignable to it.
 */
export type MonitoredTable = Pick<
  ITable,
  'tableName' | 'metric' | 'metricConsumedReadCapacityUnits' | 'metricConsumedWriteCapacityUnits'
>;

export interface LakeMonitoringProps {
  /** Receives one message per object under `errors/`. */
  readonly errorArrivals: IQueue | undefined;
  /** Tables by name: `Summaries`, `Devices`. */
  readonly tables: Readonly<Record<string, MonitoredTable>>;
}

/**
 * Operations used by the functions. CloudWatch reports errors per operation, and an expression can have ten
 * metrics.
 */
const OPERATIONS = [
  Operation.GET_ITEM,
  Operation.BATCH_GET_ITEM,
  Operation.QUERY,
  Operation.DELETE_ITEM,
  Operation.UPDATE_ITEM,
  Operation.BATCH_WRITE_ITEM,
];

/** Undeliverable records, and the DynamoDB tables. */
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
              missing: NO_DATA_IS_OK,
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
        // On-demand tables can be throttled for up to 30 minutes after traffic doubles.
        evaluationPeriods: 6,
        missing: NO_DATA_IS_OK,
      },
      {
        id: `${name}Errors`,
        meaning: `DynamoDB has internal errors for the ${name.toLowerCase()} table. First check the AWS Health Dashboard. Functions retry automatically.`,
        metric: errors,
        threshold: 1,
        comparisonOperator: AT_LEAST,
        // The SDK retries single errors; 15 minutes of errors are an incident.
        evaluationPeriods: 3,
        missing: NO_DATA_IS_OK,
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
 * DynamoDB reports metrics only for events. An expression `a + b`, as in the CDK's
 * metricSystemErrorsForOperations, has no value if one of them is missing.
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
