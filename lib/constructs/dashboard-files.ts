import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as deployment from 'aws-cdk-lib/aws-s3-deployment';
import { Construct } from 'constructs';
import { builtAsset } from '../assets.ts';
import type { SignInClient } from '../sign-in-provider.ts';
import { acknowledge, acknowledgePrefix } from './acknowledge.ts';
import { API_PREFIX } from './api-path.ts';
import type { PrivateBucket } from './private-bucket.ts';

export interface DashboardFilesProps {
  readonly bucket: PrivateBucket;
  readonly client: SignInClient;
}

/** The file copy function of the CDK, one per stack. */
const COPY_FUNCTION = 'Custom::CDKBucketDeployment';

/** These files refer to the other files and configure sign-in, so caches must revalidate them. */
const REVALIDATED = ['index.html', 'site.json'] as const;

/** `site.json` in the form that dashboard/site.ts reads. */
const siteJson = ({ issuer, clientId, scopes, endSession }: SignInClient) => ({
  api: API_PREFIX,
  sign_in: {
    issuer,
    client_id: clientId,
    scopes,
    ...(endSession !== undefined && { end_session: endSession }),
  },
});

/** Deploys the built dashboard to its bucket, with a `site.json` that configures the API path and sign-in. */
export class DashboardFiles extends Construct {
  private readonly bucket: PrivateBucket;
  private readonly role: iam.Role;
  private readonly logGroup: logs.LogGroup;

  constructor(scope: Construct, id: string, { bucket, client }: DashboardFilesProps) {
    super(scope, id);
    this.bucket = bucket;
    this.logGroup = new logs.LogGroup(this, 'Logs', {
      retention: logs.RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.role = this.copyRole();

    // Two deployments of the same folder, because they differ in the cache header.
    const built = deployment.Source.asset(builtAsset('dashboard'), { exclude: ['site.json'] });
    const files = this.deploy('Assets', [built], 'public, max-age=300', { exclude: [...REVALIDATED] });
    const page = this.deploy(
      'Page',
      [built, deployment.Source.jsonData('site.json', siteJson(client))],
      'no-cache',
      { exclude: ['*'], include: [...REVALIDATED], prune: false },
    );
    // The page refers to the assets, so it is deployed after them.
    page.node.addDependency(files);
    const copyFunction =
      Stack.of(this).node.children.find(({ node }) => node.id.startsWith(COPY_FUNCTION)) ?? page;
    acknowledge(copyFunction, 'AwsSolutions-L1', 'The function belongs to the CDK, which sets its runtime.');
  }

  private deploy(
    id: string,
    sources: readonly deployment.ISource[],
    cacheControl: string,
    options: Pick<deployment.BucketDeploymentProps, 'exclude' | 'include' | 'prune'>,
  ): deployment.BucketDeployment {
    const made = new deployment.BucketDeployment(this, id, {
      sources: sources.map((source) => this.readable(source)),
      destinationBucket: this.bucket,
      cacheControl: [deployment.CacheControl.fromString(cacheControl)],
      // The bucket deletes its objects itself when it is deleted.
      retainOnDelete: true,
      role: this.role.withoutPolicyUpdates(),
      logGroup: this.logGroup,
      ...options,
    });
    made.node.addDependency(this.role);
    return made;
  }

  /**
   * Role of the CDK's file copy function. The CDK's own grants would include all assets ever staged in this
   * account.
   */
  private copyRole(): iam.Role {
    const role = new iam.Role(this, 'Role', {
      description: 'Kinetrack: copies the dashboard to its bucket.',
      assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
    });
    this.logGroup.grantWrite(role);
    role.addToPolicy(
      new iam.PolicyStatement({ actions: ['s3:ListBucket'], resources: [this.bucket.bucketArn] }),
    );
    role.addToPolicy(
      new iam.PolicyStatement({
        actions: ['s3:DeleteObject', 's3:GetObject', 's3:PutObject'],
        resources: [this.bucket.arnForObjects('*')],
      }),
    );
    acknowledgePrefix(role, this.bucket, '', 'The bucket contains only the files of the dashboard.');
    return role;
  }

  /** The source, with permission to read its staged object only. */
  private readable(source: deployment.ISource): deployment.ISource {
    return {
      bind: (scope, context) => {
        const staged = source.bind(scope, context);
        this.role.addToPolicy(
          new iam.PolicyStatement({
            actions: ['s3:GetObject'],
            resources: [staged.bucket.arnForObjects(staged.zipObjectKey)],
          }),
        );
        return staged;
      },
    };
  }
}
