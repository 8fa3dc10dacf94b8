import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { ActivityIdentity } from './activity-identity.ts';
import type { ActivityIngestion } from './activity-ingestion.ts';
import type { ActivityLake } from './activity-lake.ts';
import { DashboardFiles } from './constructs/dashboard-files.ts';
import { DashboardSite, type SiteDomain } from './constructs/dashboard-site.ts';
import { HttpApi, type Throttle } from './constructs/http-api.ts';
import { ReadFunction } from './constructs/read-function.ts';
import { TrackFunction } from './constructs/track-function.ts';

export interface ActivityApiProps {
  readonly lake: ActivityLake;
  readonly identity: ActivityIdentity;
  /** Destination of the events from `POST /track`. */
  readonly ingestion: ActivityIngestion;
  /** Queue of deletion requests. @default the route responds that deletion is not available */
  readonly deletionQueue?: sqs.IQueue;
  /** Custom domain of the dashboard. @default a cloudfront.net name */
  readonly domain?: SiteDomain;
  /**
   * Rate limit of all routes for people together. A page sends six requests when it opens, and one to four
   * every two minutes while it is visible.
   * @default 200 requests per second with a burst of 400: about 30 people who open it in the same second,
   *   or 6,000 with an open page
   */
  readonly throttle?: Throttle;
  /**
   * Rate limit of `POST /track`. An agent sends at most a few requests per minute.
   * @default 100 requests per second with a burst of 200: about 3,000 devices; rejected agents retry later
   */
  readonly trackThrottle?: Throttle;
}

/** HTTPS endpoints for people and devices: dashboard, API, `POST /track`. */
export class ActivityApi extends Construct {
  /** URL of the API, without a trailing slash. Agents send to its path `/track`. */
  readonly url: string;
  /** URL of the dashboard, with a trailing slash. */
  readonly dashboardUrl: string;
  readonly http: HttpApi;
  readonly readFunction: lambda.Function;
  readonly trackFunction: lambda.Function;

  constructor(scope: Construct, id: string, props: ActivityApiProps) {
    super(scope, id);
    const { lake, identity, ingestion, deletionQueue, domain } = props;
    const { signIn } = identity;
    const read = new ReadFunction(this, 'Read', {
      ...{ bucket: lake.bucket, key: lake.key, summaries: lake.summaries, signIn },
      ...(deletionQueue !== undefined && { deletionQueue }),
    });
    const track = new TrackFunction(this, 'Track', { ingestion, devices: identity.devices });
    this.http = new HttpApi(this, 'Http', {
      throttle: props.throttle ?? { ratePerSecond: 200, burst: 400 },
      trackThrottle: props.trackThrottle ?? { ratePerSecond: 100, burst: 200 },
    });
    const site = new DashboardSite(this, 'Site', {
      ...{ apiDomainName: this.http.domainName, signInOrigins: signIn.origins },
      ...(domain !== undefined && { domain }),
    });
    // The client belongs here, not in ActivityIdentity: client and page refer to each other.
    const client = signIn.clientFor(this, site.url);
    this.http.route(read.handler.function, track.handler.function, client);
    new DashboardFiles(this, 'Files', { bucket: site.bucket, client });

    this.url = this.http.url;
    this.dashboardUrl = site.url;
    this.readFunction = read.handler.function;
    this.trackFunction = track.handler.function;
  }
}
