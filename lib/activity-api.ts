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
  /** Where `POST /track` puts the records of devices. */
  readonly ingestion: ActivityIngestion;
  /** Takes the orders to delete a person. @default the route answers that deletion is not set up */
  readonly deletionQueue?: sqs.IQueue;
  /** Own names of the dashboard. @default a name below cloudfront.net */
  readonly domain?: SiteDomain;
  /**
   * Of the routes for people, together. A page asks for six things when it opens, and for one to
   * four every two minutes while it can be seen.
   * @default 200 requests a second, 400 at once: some 30 people who open it in the same second, 6,000 who look
   */
  readonly throttle?: Throttle;
  /**
   * Of `POST /track`. An agent posts at most a few times a minute.
   * @default 100 requests a second, 200 at once: some 3,000 devices; agents that are refused wait and try again
   */
  readonly trackThrottle?: Throttle;
}

/** What people and devices reach over HTTPS: the page, the figures, and the way in for records. */
export class ActivityApi extends Construct {
  /** Of the API itself, without a slash at its end; agents post to `/track` below it. */
  readonly url: string;
  /** Of the page, with a slash at its end. */
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
    // The client stands here and not beside the people: it names the page, and the page names it.
    const client = signIn.clientFor(this, site.url);
    this.http.route(read.handler.function, track.handler.function, client);
    new DashboardFiles(this, 'Files', { bucket: site.bucket, client });

    this.url = this.http.url;
    this.dashboardUrl = site.url;
    this.readFunction = read.handler.function;
    this.trackFunction = track.handler.function;
  }
}
