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
  /** Where agents send events. @default ActivitySource.stream(): an on-demand Kinesis stream with Firehose */
  readonly source?: ActivitySource;
  /**
   * Number of recorded people. Above 12,500, an hour is computed in slices, one invocation each.
   * @default 12,500
   */
  readonly people?: number;
  /**
   * Retention per data class. @default raw events and summaries 400 days, rollups 1100, screenshots and
   * errors 90
   */
  readonly retention?: LakeRetention;
  /** Sign-in to the dashboard. @default SignIn.cognito(): a new user pool */
  readonly signIn?: SignIn;
  /**
   * Creates the dashboard, the API and `POST /track`. Without them, agents send to the stream and analysts
   * query with Athena.
   * @default true
   */
  readonly api?: boolean;
  /** Rate limits and custom domain. @default those of ActivityApi, and a cloudfront.net name */
  readonly apiOptions?: Pick<ActivityApiProps, 'domain' | 'throttle' | 'trackThrottle'>;
  /** Database name, first date and scan limit. @default those of ActivityCatalog */
  readonly catalog?: Omit<ActivityCatalogProps, 'lake'>;
  /** Concurrent rollups, reserved from the quota of the account. @default 10 */
  readonly rollupConcurrency?: number;
  /** Alarm settings. @default a topic without subscriptions; an alarm after 72 hours of silence */
  readonly alarms?: AlarmSettings;
  /**
   * Removal policy of the lake, its key, the summaries, users and devices. DESTROY deletes all data.
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

/**
 * Kinetrack in a CDK app: stream, delivery, lake, rollups, catalog, API, dashboard, alarms.
 *
 * No resource has a fixed name, so an account can have several pipelines. The outputs are those that the
 * commands read (`kinetrack delete --stack MyStack ...`); they find one pipeline per stack.
 *
 * The parts are public constructs. To have data and functions in separate stacks, compose `ActivityLake`,
 * `ActivityIngestion`, ... as this class does.
 */
export class ActivityPipeline extends Construct {
  readonly lake: ActivityLake;
  readonly ingestion: ActivityIngestion;
  readonly rollup: ActivityRollup;
  readonly catalog: ActivityCatalog;
  /** Users and devices; undefined with `api: false`. */
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

  /** Allows an identity to send events, and nothing else. */
  grantSend(grantee: iam.IGrantable): void {
    this.ingestion.grantSend(grantee);
  }

  /** Allows an identity to query the tables of all people in the workgroup and to read the results. */
  grantQuery(grantee: iam.IGrantable): void {
    for (const statement of queryStatements(this.lake, this.catalog)) {
      grantee.grantPrincipal.addToPrincipalPolicy(statement);
    }
  }

  /** Adds actions to every alarm, for the alarm and for the recovery. */
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
