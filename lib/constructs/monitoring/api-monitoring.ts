import { Duration } from 'aws-cdk-lib';
import { MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { MORE_THAN, type PartMonitoring, PERIOD, SILENCE_IS_FINE } from './part-monitoring.ts';

export interface ApiMonitoringProps {
  /** Id of the HTTP API. */
  readonly apiId: string;
}

/** Errors are judged over a quarter of an hour: a dashboard asks a few times a minute, and small fleets have few of them. */
const RATE_PERIOD = Duration.minutes(15);

/** The API: does it answer, and soon enough? Names and dimensions as in
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html */
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
          // Below three errors a share says nothing.
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
        missing: SILENCE_IS_FINE,
      },
      {
        id: 'ApiSlow',
        meaning:
          '5 % of the requests take longer than three seconds. First find the route in the log of the function api: long ranges of minutes read many objects.',
        metric: metric('Latency', 'p95'),
        // Milliseconds. A cold start is about one second, and a person who waits three believes it broken.
        threshold: 3000,
        comparisonOperator: MORE_THAN,
        evaluationPeriods: 3,
        // A handful of requests after a cold start is no trend.
        evaluateLowSampleCountPercentile: 'ignore',
        missing: SILENCE_IS_FINE,
      },
    ],
    graphs: [
      {
        title: 'Requests',
        left: [
          metric('Count', 'Sum', PERIOD, 'requests'),
          // No alarm: expired sign-ins and revoked devices are daily life. A step here is worth a look.
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
