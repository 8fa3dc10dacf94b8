import { Duration } from 'aws-cdk-lib';
import { MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { MORE_THAN, NO_DATA_IS_OK, type PartMonitoring, PERIOD } from './part-monitoring.ts';

export interface ApiMonitoringProps {
  /** ID of the HTTP API. */
  readonly apiId: string;
}

/**
 * Error rates use 15 minutes: a dashboard sends few requests per minute, and small fleets have few
 * dashboards.
 */
const RATE_PERIOD = Duration.minutes(15);

/**
 * Errors and latency of the API. Metrics and dimensions:
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html
 */
export function apiMonitoring({ apiId }: ApiMonitoringProps): PartMonitoring {
  const metric = (metricName: string, statistic: string, period = PERIOD, label?: string) =>
    new Metric({
      namespace: 'AWS/ApiGateway',
      metricName,
      dimensionsMap: { ApiId: apiId },
      statistic,
      period,
      ...(label !== undefined && { label }),
    });
  return {
    title: 'API',
    alarms: [
      {
        id: 'ApiFailing',
        meaning:
          'More than 1 % of the requests fail with a server error. First read the errors in the logs of the functions api and track. Agents keep unsent events.',
        metric: new MathExpression({
          // With fewer than three errors, a rate is not meaningful.
          expression: 'IF(errors >= 3, 100 * errors / requests, 0)',
          usingMetrics: {
            errors: metric('5xx', 'Sum', RATE_PERIOD),
            requests: metric('Count', 'Sum', RATE_PERIOD),
          },
          period: RATE_PERIOD,
          label: 'failed, %',
        }),
        threshold: 1,
        comparisonOperator: MORE_THAN,
        evaluationPeriods: 1,
        missing: NO_DATA_IS_OK,
      },
      {
        id: 'ApiSlow',
        meaning:
          '5 % of the requests take longer than three seconds. First find the route in the log of the function api: long ranges of minutes read many objects.',
        metric: metric('Latency', 'p95'),
        // Milliseconds. A cold start takes about one second.
        threshold: 3000,
        comparisonOperator: MORE_THAN,
        evaluationPeriods: 3,
        // A few requests after a cold start are not significant.
        evaluateLowSampleCountPercentile: 'ignore',
        missing: NO_DATA_IS_OK,
      },
    ],
    graphs: [
      {
        title: 'Requests',
        left: [
          metric('Count', 'Sum', PERIOD, 'requests'),
          // No alarm: expired sign-ins and revoked devices are normal. Investigate a sudden increase.
          metric('4xx', 'Sum', PERIOD, 'refused'),
          metric('5xx', 'Sum', PERIOD, 'failed'),
        ],
        leftLabel: 'requests',
      },
      {
        title: 'Latency',
        left: [metric('Latency', 'p50'), metric('Latency', 'p95'), metric('Latency', 'p99')],
        leftLabel: 'milliseconds',
      },
    ],
  };
}
