import { Duration } from 'aws-cdk-lib';
import type * as acm from 'aws-cdk-lib/aws-certificatemanager';
import * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import * as origins from 'aws-cdk-lib/aws-cloudfront-origins';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';
import { API_PREFIX, STRIP_API_PREFIX } from './api-path.ts';
import { globalName, PageHeaders } from './page-headers.ts';
import { PrivateBucket } from './private-bucket.ts';

export interface SiteDomain {
  /** Domain names of the dashboard; the first one is its URL. Create the DNS records yourself. */
  readonly names: readonly string[];
  /** Certificate for the names, in us-east-1 as CloudFront requires. */
  readonly certificate: acm.ICertificate;
}

export interface DashboardSiteProps {
  /** Host of the HTTP API. */
  readonly apiDomainName: string;
  /** Further origins that the page may send requests to. */
  readonly signInOrigins: readonly string[];
  /** Custom domain. @default a cloudfront.net name */
  readonly domain?: SiteDomain;
}

/** CloudFront distribution: the dashboard from a private bucket, and the API below `/api`. */
export class DashboardSite extends Construct {
  readonly bucket: PrivateBucket;
  readonly distribution: cloudfront.Distribution;
  /** URL with a trailing slash: the dashboard, and the redirect URI of its sign-in. */
  readonly url: string;

  constructor(scope: Construct, id: string, props: DashboardSiteProps) {
    super(scope, id);
    const { apiDomainName, signInOrigins, domain } = props;
    this.bucket = new PrivateBucket(this, 'Files', {
      // The build can recreate all files.
      retain: false,
      encryption: s3.BucketEncryption.S3_MANAGED,
    });
    acknowledge(
      this.bucket,
      'AwsSolutions-S1',
      'The bucket contains only public files of the dashboard, and only CloudFront reads it.',
    );

    this.distribution = new cloudfront.Distribution(this, 'Distribution', {
      comment: 'Kinetrack dashboard',
      defaultRootObject: 'index.html',
      httpVersion: cloudfront.HttpVersion.HTTP2_AND_3,
      ...(domain !== undefined && {
        domainNames: [...domain.names],
        certificate: domain.certificate,
        minimumProtocolVersion: cloudfront.SecurityPolicyProtocol.TLS_V1_2_2021,
      }),
      defaultBehavior: {
        origin: origins.S3BucketOrigin.withOriginAccessControl(this.bucket, {
          originAccessControl: new cloudfront.S3OriginAccessControl(this, 'Access', {
            originAccessControlName: globalName(this, 'Access', 64),
          }),
        }),
        viewerProtocolPolicy: cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
        allowedMethods: cloudfront.AllowedMethods.ALLOW_GET_HEAD,
        compress: true,
        cachePolicy: this.cachePolicy(),
        responseHeadersPolicy: new PageHeaders(this, 'PageHeaders', { signInOrigins }),
      },
      additionalBehaviors: {
        [`${API_PREFIX}/*`]: {
          origin: new origins.HttpOrigin(apiDomainName, {
            protocolPolicy: cloudfront.OriginProtocolPolicy.HTTPS_ONLY,
            originSslProtocols: [cloudfront.OriginSslPolicy.TLS_V1_2],
          }),
          // No redirect to HTTPS: the request would already have sent the token unencrypted.
          viewerProtocolPolicy: cloudfront.ViewerProtocolPolicy.HTTPS_ONLY,
          allowedMethods: cloudfront.AllowedMethods.ALLOW_ALL,
          compress: false,
          cachePolicy: cloudfront.CachePolicy.CACHING_DISABLED,
          // Only this policy forwards `Authorization` without caching.
          originRequestPolicy: cloudfront.OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
          responseHeadersPolicy: new PageHeaders(this, 'ApiHeaders', { signInOrigins, noStore: true }),
          functionAssociations: [
            {
              eventType: cloudfront.FunctionEventType.VIEWER_REQUEST,
              function: new cloudfront.Function(this, 'StripApiPrefix', {
                comment: 'Kinetrack: maps /api/apps to /apps of the API.',
                runtime: cloudfront.FunctionRuntime.JS_2_0,
                code: cloudfront.FunctionCode.fromInline(STRIP_API_PREFIX),
              }),
            },
          ],
        },
      },
    });
    this.url = `https://${domain?.names[0] ?? this.distribution.domainName}/`;
    this.acknowledgeFindings(domain !== undefined);
  }

  /** The cache time is set per file (dashboard-files.ts); without a header, nothing is cached. */
  private cachePolicy(): cloudfront.CachePolicy {
    return new cloudfront.CachePolicy(this, 'AsTheFilesSay', {
      comment: 'Kinetrack: cache time from the header of the file.',
      minTtl: Duration.seconds(0),
      defaultTtl: Duration.seconds(0),
      maxTtl: Duration.days(1),
      // CloudFront compresses files only with both enabled.
      enableAcceptEncodingGzip: true,
      enableAcceptEncodingBrotli: true,
    });
  }

  private acknowledgeFindings(hasOwnDomain: boolean): void {
    const accept = (rule: string, reason: string) => acknowledge(this.distribution, rule, reason);
    accept('AwsSolutions-CFR1', 'Users travel; the identity provider restricts sign-in by location.');
    accept(
      'AwsSolutions-CFR2',
      'The files are public; the API requires a token and has its own rate limits.',
    );
    accept('AwsSolutions-CFR3', 'The API has access logs; requests for the public files add no information.');
    if (hasOwnDomain) return;
    accept(
      'AwsSolutions-CFR4',
      'For cloudfront.net domains, CloudFront sets the minimum TLS version; with a custom domain it is TLS 1.2.',
    );
  }
}
