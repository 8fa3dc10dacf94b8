/** OpenID Connect client: authorization code flow with PKCE, state and nonce, as a public client. */
import * as oauth from 'oauth4webapi';
import type { SignInSettings } from '../site.ts';
import { SignInFailure, signInFailureOf } from './failure.ts';
import { type SignInAttempt, type SignInSession, storedAttempt } from './session-storage.ts';

/** Accepted error of the local clock. */
const CLOCK_TOLERANCE_S = 60;

export interface Provider {
  /** Stores a new attempt and returns the address of the sign-in page. */
  begin(returnTo: string): Promise<URL>;
  /** Exchanges the code in the redirect for a session. */
  finish(redirect: URL): Promise<{ readonly session: SignInSession; readonly returnTo: string }>;
  /** A new token for the same person. Rejects with a SignInFailure: `ended` if a new sign-in is required. */
  renew(session: SignInSession): Promise<SignInSession>;
  /** Sign-out address of the issuer; undefined if it has none. */
  endSession(session: SignInSession | undefined): Promise<URL | undefined>;
}

/** Loads the issuer's metadata once, and converts errors to SignInFailure. */
function issuerOf(settings: SignInSettings) {
  const client: oauth.Client = {
    client_id: settings.client_id,
    [oauth.clockTolerance]: CLOCK_TOLERANCE_S,
  };
  const guarded = async <Answer>(work: () => Promise<Answer>): Promise<Answer> => {
    try {
      return await work();
    } catch (error) {
      throw signInFailureOf(error, settings.issuer);
    }
  };
  let discovered: Promise<oauth.AuthorizationServer> | undefined;
  const discover = () => {
    const issuer = new URL(settings.issuer);
    discovered ??= oauth
      .discoveryRequest(issuer)
      .then((response) => oauth.processDiscoveryResponse(issuer, response));
    // Retry after a failure.
    discovered.catch(() => {
      discovered = undefined;
    });
    return discovered;
  };
  return { client, guarded, discover };
}

/** All methods reject with a SignInFailure. @param pageUrl the redirect URI, with a trailing slash */
export function openProvider(settings: SignInSettings, pageUrl: string): Provider {
  const { client, guarded, discover } = issuerOf(settings);
  return {
    begin: (returnTo) =>
      guarded(async () => {
        const attempt = newAttempt(returnTo);
        const url = await authorizationUrl(await discover(), attempt, {
          client_id: client.client_id,
          redirect_uri: pageUrl,
          scope: settings.scopes.join(' '),
        });
        storedAttempt.write(attempt);
        return url;
      }),

    finish: (redirect) =>
      guarded(async () => {
        const attempt = takeAttempt(redirect);
        const server = await discover();
        const parameters = oauth.validateAuthResponse(server, client, redirect, attempt.state);
        const response = await oauth.authorizationCodeGrantRequest(
          server,
          client,
          oauth.None(),
          parameters,
          pageUrl,
          attempt.verifier,
        );
        const tokens = await oauth.processAuthorizationCodeResponse(server, client, response, {
          expectedNonce: attempt.nonce,
          requireIdToken: true,
        });
        const session = sessionOf(tokens);
        if (session === undefined) throw new Error('the issuer gave no ID token');
        return { session, returnTo: attempt.returnTo };
      }),

    renew: (session) =>
      guarded(async () => {
        const { refreshToken } = session;
        if (refreshToken === undefined) throw ended();
        const server = await discover();
        const response = await oauth.refreshTokenGrantRequest(server, client, oauth.None(), refreshToken);
        const tokens = await oauth.processRefreshTokenResponse(server, client, response).catch((error) => {
          throw error instanceof oauth.ResponseBodyError ? ended(error) : error;
        });
        const renewed = sessionOf(tokens);
        // https://openid.net/specs/openid-connect-core-1_0.html#RefreshTokenResponse
        if (renewed === undefined || renewed.subject !== session.subject) throw ended();
        return { ...renewed, refreshToken: renewed.refreshToken ?? refreshToken };
      }),

    endSession: (session) =>
      guarded(async () => {
        if (settings.end_session !== undefined) return new URL(settings.end_session);
        const { end_session_endpoint } = await discover();
        if (end_session_endpoint === undefined) return undefined;
        const url = new URL(end_session_endpoint);
        if (session !== undefined) url.searchParams.set('id_token_hint', session.idToken);
        url.searchParams.set('client_id', client.client_id);
        url.searchParams.set('post_logout_redirect_uri', pageUrl);
        return url;
      }),
  };
}

/** The stored attempt of a redirect. An attempt is valid for one redirect. */
function takeAttempt(redirect: URL): SignInAttempt {
  const attempt = storedAttempt.read();
  storedAttempt.clear();
  if (attempt === undefined || redirect.searchParams.get('state') !== attempt.state) {
    throw new SignInFailure(
      'failed',
      'This sign-in was started in another tab or too long ago. Sign in again.',
    );
  }
  return attempt;
}

async function authorizationUrl(
  { authorization_endpoint }: oauth.AuthorizationServer,
  { state, nonce, verifier }: SignInAttempt,
  client: { readonly client_id: string; readonly redirect_uri: string; readonly scope: string },
): Promise<URL> {
  if (authorization_endpoint === undefined) throw new Error('the issuer names no authorization endpoint');
  const url = new URL(authorization_endpoint);
  const parameters = {
    response_type: 'code',
    ...client,
    state,
    nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return url;
}

const newAttempt = (returnTo: string): SignInAttempt => ({
  state: oauth.generateRandomState(),
  nonce: oauth.generateRandomNonce(),
  verifier: oauth.generateRandomCodeVerifier(),
  returnTo,
});

const ended = (cause?: unknown): SignInFailure =>
  new SignInFailure('ended', 'Your session has expired. Sign in again to see newer figures.', cause);

function sessionOf(tokens: oauth.TokenEndpointResponse): SignInSession | undefined {
  const claims = oauth.getValidatedIdTokenClaims(tokens);
  if (claims === undefined || tokens.id_token === undefined) return undefined;
  const names = [claims.name, claims.email, claims['cognito:username'], claims.preferred_username];
  return {
    idToken: tokens.id_token,
    refreshToken: tokens.refresh_token,
    expiresMs: claims.exp * 1000,
    subject: claims.sub,
    name: names.find((name) => typeof name === 'string' && name !== '')?.toString() ?? claims.sub,
  };
}
