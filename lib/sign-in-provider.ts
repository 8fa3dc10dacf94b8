/** The port between the sign-in of a deployment and what trusts its tokens. */
import type { Construct } from 'constructs';

/** What the page and the authorizer need to know of a client of the issuer. */
export interface SignInClient {
  /** As it stands in the `iss` claim, to the letter. */
  readonly issuer: string;
  /** The `aud` of the ID tokens. */
  readonly clientId: string;
  readonly scopes: readonly string[];
  /** Where signing out leads, complete; undefined takes what the issuer's discovery document names. */
  readonly endSession: string | undefined;
}

export interface SignInProvider {
  /** Claim of the ID token that holds the user id of a person's events. */
  readonly userClaim: string;
  /** Claim of the ID token that holds the person's roles. */
  readonly rolesClaim: string;
  /** Origins that the page's own requests go to: discovery and token endpoint. */
  readonly origins: readonly string[];
  /** The dashboard's client. @param pageUrl address of the page, with the slash: the one redirect URI */
  clientFor(scope: Construct, pageUrl: string): SignInClient;
}
