/** Security headers of the dashboard, the same as those of the local server. */
import { Duration, Names, Stack } from 'aws-cdk-lib';
import * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import type { Construct } from 'constructs';

/**
 * The page may load only its own files, and send requests only to its own origin and the sign-in origins.
 * The redirect to the sign-in page is a navigation, which needs no directive.
 */
export const contentSecurityPolicy = (signInOrigins: readonly string[]): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    `connect-src ${["'self'", ...signInOrigins].join(' ')}`,
    "form-action 'none'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; ');

export interface PageHeadersProps {
  readonly signInOrigins: readonly string[];
  /** Disables caching. @default false: the cache header of the file applies */
  readonly noStore?: boolean;
}

export class PageHeaders extends cloudfront.ResponseHeadersPolicy {
  constructor(scope: Construct, id: string, { signInOrigins, noStore = false }: PageHeadersProps) {
    super(scope, id, {
      responseHeadersPolicyName: globalName(scope, id, 128),
      comment: 'Kinetrack: own files only, no framing, TLS only.',
      securityHeadersBehavior: {
        contentSecurityPolicy: {
          contentSecurityPolicy: contentSecurityPolicy(signInOrigins),
          override: true,
        },
        contentTypeOptions: { override: true },
        frameOptions: { frameOption: cloudfront.HeadersFrameOption.DENY, override: true },
        // Page URLs contain names of people.
        referrerPolicy: {
          referrerPolicy: cloudfront.HeadersReferrerPolicy.NO_REFERRER,
          override: true,
        },
        strictTransportSecurity: { accessControlMaxAge: Duration.days(365), override: true },
      },
      customHeadersBehavior: {
        customHeaders: [
          { header: 'cross-origin-opener-policy', value: 'same-origin', override: true },
          { header: 'cross-origin-resource-policy', value: 'same-origin', override: true },
          ...(noStore ? [{ header: 'cache-control', value: 'no-store', override: true }] : []),
        ],
      },
    });
  }
}

/**
 * CloudFront names must be unique in the account, across regions. The default names of the CDK do not
 * contain the region, so a second deployment in another region would fail.
 * https://github.com/aws/aws-cdk/issues/34336
 */
export function globalName(scope: Construct, id: string, maxLength: number): string {
  // Region names have up to 16 characters; the region may be unknown at synthesis.
  const prefixLength = maxLength - id.length - '--us-isob-east-1'.length;
  return `${Names.uniqueResourceName(scope, { maxLength: prefixLength })}-${id}-${Stack.of(scope).region}`;
}
