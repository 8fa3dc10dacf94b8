/**
 * Who vouches for the people who look at figures: a port with two adapters, a Cognito user pool of the deployment's
 * own or any OpenID Connect issuer of the company. The API trusts ID tokens of that issuer for that client.
 */
import type { Construct } from 'constructs';
import { type CognitoSignInOptions, createUserPool } from './constructs/user-pool.ts';
import type { SignInProvider } from './sign-in-provider.ts';

export interface OidcSignInOptions {
  /**
   * The issuer, exactly as its tokens have it in `iss`: `https://login.microsoftonline.com/<tenant>/v2.0`. Its
   * discovery document is below it at `.well-known/openid-configuration`.
   */
  readonly issuer: string;
  /** Client id of a public client (single-page application: code with PKCE, no secret). */
  readonly clientId: string;
  /**
   * Claim of the ID token that holds the user id of a person's events. It must be one that people cannot change
   * themselves: who can, reads another's figures.
   */
  readonly userClaim: string;
  /** @default 'roles', where Entra ID puts app roles */
  readonly rolesClaim?: string;
  /** @default openid, profile and email */
  readonly scopes?: readonly string[];
  /** Complete address that signs the person out of the issuer. @default what the discovery document names */
  readonly endSession?: string;
  /**
   * Origins of the token endpoint, where it is another than the issuer's.
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

/** How people sign in: `SignIn.cognito()` or `SignIn.oidc({ ... })`. */
export abstract class SignIn {
  /** A user pool of the deployment's own: an administrator creates the people in it. */
  static cognito(options: CognitoSignInOptions = {}): SignIn {
    return { bind: (scope, { retain }) => createUserPool(scope, { ...options, retain }) };
  }

  /** The company's own sign-in. Throws InvalidSignIn for addresses that cannot be meant. */
  static oidc(options: OidcSignInOptions): SignIn {
    const provider = oidcProvider(options);
    return { bind: () => provider };
  }

  /** Called once by ActivityIdentity. @param options retain: whether people survive the deletion of the stack */
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
