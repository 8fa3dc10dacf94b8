/** The headers that keep the page to itself, as the local server sends them. */
import { Duration, Names, Stack } from 'aws-cdk-lib';
import * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import type { Construct } from 'constructs';

/**
 * The page loads nothing but its own files and talks to nobody but its own origin and those given: the sign-in.
 * Going to the sign-in page is a navigation, which no directive has to allow.
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
  /** Says that no copy may be kept; otherwise what the bucket says of each file. @default false */
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
        // Addresses of pages hold names of people.
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
 * CloudFront is one for all regions and wants its names unique in the account: the CDK's own names of these resources
 * leave the region out, so that a second deployment elsewhere would fail. https://github.com/aws/aws-cdk/issues/34336
 */
export function globalName(scope: Construct, id: string, maxLength: number): string {
  // Names of regions have up to 16 characters; at synthesis the region may be unknown.
  const room = maxLength - id.length - '--us-isob-east-1'.length;
  return `${Names.uniqueResourceName(scope, { maxLength: room })}-${id}-${Stack.of(scope).region}`;
}
