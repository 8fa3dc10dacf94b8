import { Duration } from 'aws-cdk-lib';
import { Alarm, type Dashboard, type IAlarmAction } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { IStream } from 'aws-cdk-lib/aws-kinesis';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { AlarmTopic } from './constructs/monitoring/alarm-topic.ts';
import { apiMonitoring } from './constructs/monitoring/api-monitoring.ts';
import { deliveryMonitoring } from './constructs/monitoring/delivery-monitoring.ts';
import { FlowDashboard } from './constructs/monitoring/flow-dashboard.ts';
import { lakeMonitoring, type MonitoredTable } from './constructs/monitoring/lake-monitoring.ts';
import type { AlarmDefinition, PartMonitoring } from './constructs/monitoring/part-monitoring.ts';
import { type MonitoredFunction, rollupMonitoring } from './constructs/monitoring/rollup-monitoring.ts';
import { silenceAlarm } from './constructs/monitoring/silence-alarm.ts';
import { streamMonitoring } from './constructs/monitoring/stream-monitoring.ts';

/** What an operator chooses. */
export interface AlarmSettings {
  /**
   * Where alarms go, and the news that they are over. Its policy must let CloudWatch publish; so must the key of an
   * encrypted topic.
   * @default a topic of its own, TLS only
   */
  readonly topic?: ITopic;
  /** Subscribed to the topic of its own; the person has to confirm. @default nobody is told */
  readonly email?: string;
  /**
   * After so long without a record from any agent, somebody is told: whole hours, at most 168.
   * `Duration.hours(0)` turns it off.
   * @default 72 hours: a weekend with a holiday passes
   */
  readonly silence?: Duration;
  /** Quota of the Firehose for open partitions, which AWS raises on request up to 5,000. @default 500 */
  readonly activePartitionQuota?: number;
  /** @default a name that CloudFormation makes up */
  readonly dashboardName?: string;
}

/** The parts to watch: each may be missing. */
export interface ActivityObservabilityProps extends AlarmSettings {
  readonly stream?: IStream;
  /** How long the stream keeps a record. @default 24 hours, the shortest that Kinesis knows: it warns early */
  readonly streamRetention?: Duration;
  /** Name of the Firehose that reads the stream. */
  readonly deliveryStreamName?: string;
  /** Name of the Firehose that agents write to themselves. */
  readonly directDeliveryStreamName?: string;
  /** Gets a message for every object under `errors/`. */
  readonly errorArrivals?: IQueue;
  /** Tables by what they hold, as it stands in the names of the alarms: `Summaries`, `Devices`. */
  readonly tables?: Readonly<Record<string, MonitoredTable>>;
  readonly rollup?: MonitoredFunction;
  /** Raw objects that wait for the rollup. */
  readonly arrivals?: IQueue;
  /** The function that deletes people. */
  readonly deletion?: IFunction;
  /** Dead-letter queues by what they hold, as it stands in the names of the alarms: `Arrivals`, `Slices`, `Deletions`. */
  readonly deadLetters?: Readonly<Record<string, IQueue>>;
  /** Id of the HTTP API. */
  readonly apiId?: string;
}

/** One dashboard in the order of the flow, and an alarm for everything that somebody has to do something about. */
export class ActivityObservability extends Construct {
  readonly dashboard: Dashboard;
  /** By the names of docs/monitoring.md: `DeliveryLate`. */
  readonly alarms: ReadonlyMap<string, Alarm>;
  /** Where alarms go: the given topic, or one of its own. */
  readonly topic: ITopic;

  constructor(scope: Construct, id: string, props: ActivityObservabilityProps) {
    super(scope, id);
    const rows = rowsOf(props);
    const definitions = [
      ...rows.flatMap(({ alarms }) => alarms),
      ...silenceAlarm({
        silence: props.silence ?? Duration.hours(72),
        stream: props.stream,
        directDeliveryStreamName: props.directDeliveryStreamName,
      }),
    ];
    this.alarms = new Map(definitions.map((alarm) => [alarm.id, this.alarm(alarm)]));
    this.topic = props.topic ?? new AlarmTopic(this, 'Topic', { email: props.email });
    this.addAlarmAction(new SnsAction(this.topic));
    this.dashboard = new FlowDashboard(this, 'Flow', {
      rows,
      alarms: [...this.alarms.values()],
      dashboardName: props.dashboardName,
    }).dashboard;
  }

  /** What every alarm does beside telling the topic, when it rings and when it is over. */
  addAlarmAction(...actions: IAlarmAction[]): void {
    for (const alarm of this.alarms.values()) {
      alarm.addAlarmAction(...actions);
      alarm.addOkAction(...actions);
    }
  }

  private alarm({ id, meaning, missing, ...options }: AlarmDefinition): Alarm {
    return new Alarm(this, id, { ...options, alarmDescription: meaning, treatMissingData: missing });
  }
}

/** Rows of the dashboard, from the agents to the page. */
function rowsOf(props: ActivityObservabilityProps): readonly PartMonitoring[] {
  const activePartitionQuota = props.activePartitionQuota ?? 500;
  const { stream, deliveryStreamName, directDeliveryStreamName, apiId } = props;
  return [
    ...(stream === undefined
      ? []
      : [streamMonitoring({ stream, retention: props.streamRetention ?? Duration.hours(24) })]),
    ...(deliveryStreamName === undefined
      ? []
      : [deliveryMonitoring({ deliveryStreamName, source: 'stream', activePartitionQuota })]),
    ...(directDeliveryStreamName === undefined
      ? []
      : [
          deliveryMonitoring({
            deliveryStreamName: directDeliveryStreamName,
            source: 'direct',
            activePartitionQuota,
          }),
        ]),
    lakeMonitoring({ errorArrivals: props.errorArrivals, tables: props.tables ?? {} }),
    rollupMonitoring({
      rollup: props.rollup,
      deletion: props.deletion,
      arrivals: props.arrivals,
      deadLetters: props.deadLetters ?? {},
    }),
    ...(apiId === undefined ? [] : [apiMonitoring({ apiId })]),
  ];
}
