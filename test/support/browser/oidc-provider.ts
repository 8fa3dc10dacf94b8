/**
 * An OpenID Connect issuer on loopback, by the book and no further: discovery, a sign-in page, code with PKCE, refresh
 * tokens, RS256. It refuses what a careful issuer refuses, so a page that signs in here left nothing out.
 */
import { createHash, createPublicKey, generateKeyPairSync, randomBytes, sign, verify } from 'node:crypto';
import { createServer, type Server } from 'node:https';
import { createAdaptorServer } from '@hono/node-server';
import { Hono } from 'hono';
import { cors } from 'hono/cors';
import type { Certificate } from '../network/certificates.ts';
import { closeServer, listening, portOf } from '../network/loopback.ts';

export interface OidcPerson {
  readonly sub: string;
  readonly name: string;
  readonly email: string;
  readonly roles: readonly string[];
}

export interface OidcProviderOptions {
  readonly certificate: Certificate;
  readonly clientId: string;
  /** The one redirect URI that is registered, and the one to come back to after signing out. */
  redirectUri(): string;
  /** @defaultValue 3600 */
  readonly tokenLifetime_s?: number;
  /** @defaultValue true */
  readonly givesRefreshTokens?: boolean;
}

export interface OidcProvider {
  readonly issuer: string;
  /** The person who signs in; undefined: sign-in is refused. */
  person: OidcPerson | undefined;
  /** Signs in without the page, as with a session of the issuer's own. */
  remembers: boolean;
  /** In place of the nonce that was asked for. */
  wrongNonce: string | undefined;
  tokenLifetime_s: number;
  /** Paths that were asked for, in order. */
  readonly asked: string[];
  /** From now on no refresh token counts. */
  revoke(): void;
  /** Claims of a token that this issuer signed for this client and that has not ended; undefined for any other. */
  verified(token: string): Readonly<Record<string, unknown>> | undefined;
  close(): Promise<void>;
}

interface Grant {
  readonly person: OidcPerson;
  readonly nonce: string | undefined;
}
type Code = Grant & { readonly challenge: string; readonly redirectUri: string };

/** What the routes of one issuer share; `issuer` is known once it listens. */
interface ProviderState {
  readonly options: OidcProviderOptions;
  readonly keys: ReturnType<typeof newKeys>;
  readonly kid: string;
  readonly codes: Map<string, Code>;
  readonly refreshTokens: Map<string, Grant>;
  readonly provider: OidcProvider;
  issuer: string;
}

const newKeys = () => generateKeyPairSync('rsa', { modulusLength: 2048 });

export async function startOidcProvider(options: OidcProviderOptions): Promise<OidcProvider> {
  const { certificate } = options;
  const refreshTokens = new Map<string, Grant>();
  const app = new Hono();
  const server = createAdaptorServer({
    fetch: app.fetch,
    createServer,
    serverOptions: { key: certificate.key, cert: certificate.cert },
    overrideGlobalObjects: false,
  }) as Server;
  const provider: OidcProvider = {
    get issuer() {
      return state.issuer;
    },
    person: undefined,
    remembers: false,
    wrongNonce: undefined,
    tokenLifetime_s: options.tokenLifetime_s ?? 3600,
    asked: [],
    revoke: () => refreshTokens.clear(),
    verified: (token) => claimsOf(token, state),
    close: () => closeServer(server),
  };
  const kid = randomBytes(6).toString('hex');
  const codes = new Map<string, Code>();
  const state: ProviderState = { options, keys: newKeys(), kid, codes, refreshTokens, provider, issuer: '' };
  addMetadata(app, state);
  addAuthorization(app, state);
  addTokens(app, state);
  addSignOut(app, state);
  await listening(server);
  state.issuer = `https://127.0.0.1:${portOf(server)}`;
  return provider;
}

function addMetadata(app: Hono, state: ProviderState): void {
  const { options, keys, kid, provider } = state;
  app.use(async (context, next) => {
    provider.asked.push(context.req.path);
    await next();
  });
  app.use('/token', cors({ origin: () => new URL(options.redirectUri()).origin }));
  app.use('/.well-known/*', cors({ origin: '*' }));
  app.get('/.well-known/openid-configuration', (context) =>
    context.json({
      issuer: state.issuer,
      authorization_endpoint: `${state.issuer}/authorize`,
      token_endpoint: `${state.issuer}/token`,
      jwks_uri: `${state.issuer}/jwks`,
      end_session_endpoint: `${state.issuer}/end`,
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
      code_challenge_methods_supported: ['S256'],
    }),
  );
  app.get('/jwks', (context) =>
    context.json({
      keys: [
        { ...createPublicKey(keys.privateKey).export({ format: 'jwk' }), kid, alg: 'RS256', use: 'sig' },
      ],
    }),
  );
}

function addAuthorization(app: Hono, { options, codes, provider }: ProviderState): void {
  const { clientId } = options;
  app.get('/authorize', (context) => {
    const query = context.req.query();
    const problem =
      (query.client_id !== clientId && 'client_id') ||
      (query.redirect_uri !== options.redirectUri() && 'redirect_uri') ||
      (query.response_type !== 'code' && 'response_type') ||
      (!query.scope?.split(' ').includes('openid') && 'scope') ||
      (query.code_challenge_method !== 'S256' && 'code_challenge_method') ||
      ((query.code_challenge?.length ?? 0) !== 43 && 'code_challenge') ||
      ((query.state?.length ?? 0) < 20 && 'state') ||
      ((query.nonce?.length ?? 0) < 20 && 'nonce');
    if (problem) return context.text(`refused: ${problem}`, 400);
    const back = new URL(query.redirect_uri ?? '');
    back.searchParams.set('state', query.state ?? '');
    if (provider.person === undefined) {
      back.searchParams.set('error', 'access_denied');
      back.searchParams.set('error_description', 'you are not assigned to this application');
    } else {
      const code = randomBytes(16).toString('hex');
      const { redirect_uri: redirectUri = '', code_challenge: challenge = '', nonce } = query;
      codes.set(code, { person: provider.person, nonce, challenge, redirectUri });
      back.searchParams.set('code', code);
    }
    if (provider.remembers) return context.redirect(back.href);
    return context.html(
      `<!doctype html><title>Sign in</title><link rel="icon" href="data:,"><a href="${escapeHtml(back.href)}">Continue</a>`,
    );
  });
}

function addTokens(app: Hono, state: ProviderState): void {
  const { codes, refreshTokens } = state;
  const { clientId } = state.options;
  app.post('/token', async (context) => {
    const form = new URLSearchParams(await context.req.text());
    const refused = () => context.json({ error: 'invalid_grant', error_description: 'it has ended' }, 400);
    if (form.get('client_id') !== clientId) return context.json({ error: 'invalid_client' }, 400);
    if (form.get('grant_type') === 'refresh_token') {
      const grant = refreshTokens.get(form.get('refresh_token') ?? '');
      refreshTokens.delete(form.get('refresh_token') ?? '');
      return grant === undefined ? refused() : context.json(tokensFor(grant, state));
    }
    const code = codes.get(form.get('code') ?? '');
    codes.delete(form.get('code') ?? '');
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    const isGood = code?.challenge === challenge && code.redirectUri === form.get('redirect_uri');
    return isGood ? context.json(tokensFor(code, state)) : refused();
  });
}

function addSignOut(app: Hono, { options }: ProviderState): void {
  const { clientId } = options;
  // Browsers ask for it beside every page.
  app.get('/favicon.ico', (context) => context.body(null, 204));
  app.get('/end', (context) => {
    const { post_logout_redirect_uri: back, client_id, id_token_hint } = context.req.query();
    const isGood = back === options.redirectUri() && client_id === clientId && id_token_hint !== undefined;
    return isGood ? context.redirect(back) : context.text('refused', 400);
  });
}

function tokensFor(grant: Grant, { options, issuer, keys, kid, provider, refreshTokens }: ProviderState) {
  const iat = Math.floor(Date.now() / 1000);
  const { person, nonce } = grant;
  const payload = {
    ...{ iss: issuer, aud: options.clientId, iat, exp: iat + provider.tokenLifetime_s },
    ...person,
    ...(nonce !== undefined && { nonce: provider.wrongNonce ?? nonce }),
  };
  const head = encode({ alg: 'RS256', kid, typ: 'JWT' });
  const signed = `${head}.${encode(payload)}`;
  const id_token = `${signed}.${sign('RSA-SHA256', Buffer.from(signed), keys.privateKey).toString('base64url')}`;
  const refresh_token = randomBytes(16).toString('hex');
  if (options.givesRefreshTokens !== false) refreshTokens.set(refresh_token, { person, nonce: undefined });
  return {
    ...{ id_token, access_token: randomBytes(16).toString('hex'), token_type: 'Bearer' },
    expires_in: provider.tokenLifetime_s,
    ...(options.givesRefreshTokens !== false && { refresh_token }),
  };
}

/** Of a token that this issuer signed for this client and that has not ended. */
function claimsOf(token: string, { options, issuer, keys }: ProviderState) {
  const [head = '', body = '', signature = ''] = token.split('.');
  const isOurs = verify(
    'RSA-SHA256',
    Buffer.from(`${head}.${body}`),
    keys.publicKey,
    Buffer.from(signature, 'base64url'),
  );
  if (!isOurs) return undefined;
  const claims = JSON.parse(Buffer.from(body, 'base64url').toString('utf8'));
  const isMeant = claims.iss === issuer && claims.aud === options.clientId;
  return isMeant && claims.exp * 1000 > Date.now() ? claims : undefined;
}

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
