/** Port of the identity provider: implemented by Cognito and by OpenID Connect providers. */
import type { Construct } from 'constructs';

/** OpenID Connect client of the dashboard and of the API authorizer. */
export interface SignInClient {
  /** Exactly as in the `iss` claim. */
  readonly issuer: string;
  /** The `aud` claim of the ID tokens. */
  readonly clientId: string;
  readonly scopes: readonly string[];
  /** Complete sign-out URL. Undefined: the end session endpoint of the discovery document. */
  readonly endSession: string | undefined;
}

export interface SignInProvider {
  /** Claim of the ID token with the user ID of the person's events. */
  readonly userClaim: string;
  /** Claim of the ID token with the roles of the person. */
  readonly rolesClaim: string;
  /** Origins of discovery and token endpoint, for the content security policy of the page. */
  readonly origins: readonly string[];
  /**
   * Creates or returns the client of the dashboard.
   *
   * @param pageUrl URL of the page with a trailing slash: the only redirect URI
   */
  clientFor(scope: Construct, pageUrl: string): SignInClient;
}
