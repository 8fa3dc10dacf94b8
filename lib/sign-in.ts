/**
 * Identity providers: a Cognito user pool of the deployment, or an OpenID Connect issuer of the company.
 * The API trusts ID tokens of that issuer for one client.
 */
import type { Construct } from 'constructs';
import { type CognitoSignInOptions, createUserPool } from './constructs/user-pool.ts';
import type { SignInProvider } from './sign-in-provider.ts';

export interface OidcSignInOptions {
  /**
   * The issuer, exactly as in the `iss` claim: `https://login.microsoftonline.com/<tenant>/v2.0`. Its
   * discovery document is at `.well-known/openid-configuration` below it.
   */
  readonly issuer: string;
  /** ID of a public client (single-page application: code with PKCE, no secret). */
  readonly clientId: string;
  /**
   * Claim of the ID token with the user ID of the person's events. Users must not be able to change it: a
   * user who can, can read the figures of others.
   */
  readonly userClaim: string;
  /** Claim of the ID token with the roles. @default 'roles', which Entra ID uses for app roles */
  readonly rolesClaim?: string;
  /** Requested scopes. @default openid, profile and email */
  readonly scopes?: readonly string[];
  /** Complete sign-out URL. @default the end session endpoint of the discovery document */
  readonly endSession?: string;
  /**
   * Origins of the token endpoint, if they differ from the issuer's.
   * @default the origin of the issuer
   */
  readonly origins?: readonly string[];
}

export class InvalidSignIn extends Error {
  readonly code = 'invalid_sign_in';
  constructor(message: string) {
    super(message);
    this.name = 'InvalidSignIn';
  }
}

/** Sign-in of a deployment: `SignIn.cognito()` or `SignIn.oidc({ ... })`. */
export abstract class SignIn {
  /** A new Cognito user pool; administrators create its users. */
  static cognito(options: CognitoSignInOptions = {}): SignIn {
    return { bind: (scope, { retain }) => createUserPool(scope, { ...options, retain }) };
  }

  /** An existing OpenID Connect issuer. Throws InvalidSignIn for invalid options. */
  static oidc(options: OidcSignInOptions): SignIn {
    const provider = oidcProvider(options);
    return { bind: () => provider };
  }

  /**
   * Creates the provider. ActivityIdentity calls it once.
   *
   * @param options retain: whether users are retained when the stack is deleted
   */
  abstract bind(scope: Construct, options: { readonly retain: boolean }): SignInProvider;
}

function oidcProvider(options: OidcSignInOptions): SignInProvider {
  const { issuer, clientId, userClaim, rolesClaim = 'roles', endSession } = options;
  const scopes = options.scopes ?? ['openid', 'profile', 'email'];
  if (clientId === '') throw new InvalidSignIn('clientId: must be the ID of a public client of the issuer');
  if (!scopes.includes('openid')) {
    throw new InvalidSignIn(`scopes ${scopes.join(' ')}: must contain openid to get an ID token`);
  }
  for (const claim of [userClaim, rolesClaim]) {
    if (!/^[\w:./-]{1,128}$/.test(claim)) {
      throw new InvalidSignIn(`claim ${JSON.stringify(claim)}: must be the name of a claim of the ID token`);
    }
  }
  if (endSession !== undefined) httpsUrl('endSession', endSession);
  const origins = [
    httpsUrl('issuer', issuer).origin,
    ...(options.origins ?? []).map((origin) => httpsUrl('origins', origin).origin),
  ];
  return {
    userClaim,
    rolesClaim,
    origins: [...new Set(origins)],
    clientFor: () => ({ issuer, clientId, scopes, endSession }),
  };
}

function httpsUrl(option: string, value: string): URL {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url?.protocol !== 'https:' || url.username !== '' || (option === 'issuer' && /[?#]/.test(value))) {
    throw new InvalidSignIn(
      `${option} ${JSON.stringify(value)}: must be an https address without a password${option === 'issuer' ? ', query or fragment, exactly as in the iss claim' : ''}`,
    );
  }
  return url;
}
