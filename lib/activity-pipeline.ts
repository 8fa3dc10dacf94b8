import type { RemovalPolicy } from 'aws-cdk-lib';
import type { IAlarmAction } from 'aws-cdk-lib/aws-cloudwatch';
import type * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { ActivityApi, type ActivityApiProps } from './activity-api.ts';
import { ActivityCatalog, type ActivityCatalogProps, queryStatements } from './activity-catalog.ts';
import { ActivityIdentity } from './activity-identity.ts';
import { ActivityIngestion } from './activity-ingestion.ts';
import { ActivityLake } from './activity-lake.ts';
import { ActivityObservability, type AlarmSettings } from './activity-observability.ts';
import { ActivityRollup } from './activity-rollup.ts';
import type { ActivitySource } from './activity-source.ts';
import { monitoredParts } from './monitored-parts.ts';
import {
  outputApi,
  outputCatalog,
  outputIdentity,
  outputIngestion,
  outputLake,
  outputRollup,
} from './outputs.ts';
import type { LakeRetention } from './retention.ts';
import type { SignIn } from './sign-in.ts';

export interface ActivityPipelineProps {
  /** Where agents send to. @default ActivitySource.stream(): a Kinesis stream on demand, with Firehose behind it */
  readonly source?: ActivitySource;
  /**
   * How many people are recorded: above 12,500 an hour is rolled up in slices, each an invocation of its own.
   * @default 12,500
   */
  readonly people?: number;
  /** How long what is kept. @default raw events and summaries 400 days, rollups 1100, screenshots and errors 90 */
  readonly retention?: LakeRetention;
  /** How people sign in to the dashboard. @default SignIn.cognito(): a user pool of its own */
  readonly signIn?: SignIn;
  /**
   * Dashboard, API and `POST /track`: without them agents send to the stream, analysts query with Athena, and
   * nobody signs in.
   * @default true
   */
  readonly api?: boolean;
  /** Limits and own names of the API and the dashboard. @default those of ActivityApi, a name below cloudfront.net */
  readonly apiOptions?: Pick<ActivityApiProps, 'domain' | 'throttle' | 'trackThrottle'>;
  /** Name of the database, first date, limit of a query. @default those of ActivityCatalog */
  readonly catalog?: Omit<ActivityCatalogProps, 'lake'>;
  /** Rollups at the same time, reserved from the quota of the account. @default 10 */
  readonly rollupConcurrency?: number;
  /** Who is told of what. @default a topic without a subscriber; 72 hours of silence are an alarm */
  readonly alarms?: AlarmSettings;
  /**
   * What becomes of the lake, its key, the summaries, the people and the devices when the construct is removed.
   * With DESTROY all of it is deleted.
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

/**
 * The whole of Kinetrack in somebody else's app: stream, delivery, lake, rollups, catalog, API, dashboard, alarms.
 *
 * No resource has a fixed name, so that several of them live side by side. It writes the outputs that the commands
 * look for (`kinetrack delete --stack MyStack ...`), which find one pipeline per stack.
 *
 * The parts are public, and constructs of their own: whoever wants state in another stack than functions composes
 * `ActivityLake`, `ActivityIngestion`, ... as this class does.
 */
export class ActivityPipeline extends Construct {
  readonly lake: ActivityLake;
  readonly ingestion: ActivityIngestion;
  readonly rollup: ActivityRollup;
  readonly catalog: ActivityCatalog;
  /** People and devices; undefined with `api: false`. */
  readonly identity: ActivityIdentity | undefined;
  /** Undefined with `api: false`. */
  readonly api: ActivityApi | undefined;
  readonly observability: ActivityObservability;

  constructor(scope: Construct, id: string, props: ActivityPipelineProps = {}) {
    super(scope, id);
    const { source, people, retention, rollupConcurrency, removalPolicy, signIn } = props;
    const kept = removalPolicy !== undefined && { removalPolicy };

    this.lake = new ActivityLake(this, 'Lake', { ...kept, ...(retention && { retention }) });
    const { lake } = this;
    this.ingestion = new ActivityIngestion(this, 'Ingestion', { lake, ...(source && { source }) });
    this.rollup = new ActivityRollup(this, 'Rollup', {
      lake,
      ...(people !== undefined && { people }),
      ...(rollupConcurrency !== undefined && { concurrency: rollupConcurrency }),
      ...(this.ingestion.stream && { streamRetention: this.ingestion.stream.retention }),
    });
    this.catalog = new ActivityCatalog(this, 'Catalog', { lake, ...props.catalog });
    if (props.api !== false) {
      this.identity = new ActivityIdentity(this, 'Identity', { ...kept, ...(signIn && { signIn }) });
      this.api = new ActivityApi(this, 'Api', {
        lake,
        identity: this.identity,
        ingestion: this.ingestion,
        deletionQueue: this.rollup.deletion.queue,
        ...props.apiOptions,
      });
    }
    this.observability = new ActivityObservability(this, 'Observability', {
      ...monitoredParts(this),
      ...props.alarms,
    });
    this.writeOutputs();
  }

  /** Lets an agent, or whatever else the identity is, send events: records of the stream or Firehose, nothing else. */
  grantSend(grantee: iam.IGrantable): void {
    this.ingestion.grantSend(grantee);
  }

  /** Lets an analyst query the tables of all people in the workgroup, and read the results. */
  grantQuery(grantee: iam.IGrantable): void {
    for (const statement of queryStatements(this.lake, this.catalog)) {
      grantee.grantPrincipal.addToPrincipalPolicy(statement);
    }
  }

  /** What every alarm does beside telling the topic, when it rings and when it is over. */
  addAlarmAction(...actions: IAlarmAction[]): void {
    this.observability.addAlarmAction(...actions);
  }

  private writeOutputs(): void {
    outputLake(this, this.lake);
    outputIngestion(this, this.ingestion);
    outputRollup(this, this.rollup);
    outputCatalog(this, this.catalog);
    if (this.identity) outputIdentity(this, this.identity);
    if (this.api) outputApi(this, this.api);
  }
}
