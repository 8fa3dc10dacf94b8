/**
 * The page and its API on one origin as CloudFront puts them together: files with the headers and the `site.json` of
 * the deployment, `/api/*` through the code of the CloudFront function, and the API behind an authorizer that takes
 * ID tokens of one issuer.
 */
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import vm from 'node:vm';
import { createAdaptorServer } from '@hono/node-server';
import { DEFAULT_RULES } from '@kinetrack/schema';
import { Hono } from 'hono';
import { callerOf } from '../../lambdas/api/caller.ts';
import { STRIP_API_PREFIX } from '../../lib/constructs/api-path.ts';
import { contentSecurityPolicy } from '../../lib/constructs/page-headers.ts';
import { createApi } from '../../pipeline/api/index.ts';
import type { SummaryStore } from '../../pipeline/ports.ts';
import { OFFSET_MIN } from './minute-rows.ts';
import type { OidcProvider } from './oidc-provider.ts';

export interface CloudSiteOptions {
  readonly assetsDir: string;
  readonly store: SummaryStore;
  readonly nowUtc: string;
  readonly clientId: string;
  /** Who signs people in; asked at every request. */
  provider(): OidcProvider;
  /** In place of the one of the deployment, unless it is undefined. */
  siteJson?(): unknown;
  /** Whether the authorizer takes no token at all, as one that was set up for another client. */
  refusesTokens?(): boolean;
}

export interface CloudSite {
  /** With the slash. */
  readonly url: string;
  close(): Promise<void>;
}

/** What the function of CloudFront makes of a path. */
export function edgePathOf(uri: string): string {
  const context = vm.createContext({ event: { request: { uri, method: 'GET' } } });
  const uriAfter: unknown = vm.runInContext(`${STRIP_API_PREFIX}\nhandler(event).uri`, context);
  return String(uriAfter);
}

export async function startCloudSite(options: CloudSiteOptions): Promise<CloudSite> {
  const { assetsDir, store, nowUtc, clientId, provider } = options;
  const callers = new WeakMap<Request, ReturnType<typeof callerOf>>();
  const api = createApi({
    store,
    now: () => Date.parse(nowUtc),
    status: () =>
      Promise.resolve({ recording: 'off', note: 'Figures of many computers.', captures: [], delivery: null }),
    rules: DEFAULT_RULES,
    callerOf: (request) => callers.get(request),
    utcOffsetMin: () => OFFSET_MIN,
  });
  const site = new Hono();
  site.use(async (context, next) => {
    await next();
    context.res.headers.set('content-security-policy', contentSecurityPolicy([provider().issuer]));
    context.res.headers.set('cache-control', 'no-store');
  });
  site.all('/api/*', async (context) => {
    const token = /^Bearer (\S+)$/.exec(context.req.header('authorization') ?? '')?.[1];
    const isTaken = token !== undefined && options.refusesTokens?.() !== true;
    const claims = isTaken ? provider().verified(token) : undefined;
    // As API Gateway says it.
    if (claims === undefined) return context.json({ message: 'Unauthorized' }, 401);
    const url = new URL(context.req.url);
    url.pathname = edgePathOf(url.pathname);
    const request = new Request(url, context.req.raw);
    callers.set(request, callerOf(claims, { user: 'email', roles: 'roles' }));
    return api.fetch(request);
  });
  site.get('/site.json', (context) =>
    context.json(
      options.siteJson?.() ?? {
        api: '/api',
        sign_in: { issuer: provider().issuer, client_id: clientId, scopes: ['openid', 'profile', 'email'] },
      },
    ),
  );
  site.get('*', (context) => {
    const name = context.req.path === '/' ? 'index.html' : context.req.path.slice(1);
    const type = TYPES[name.split('.').at(-1) ?? ''];
    if (type === undefined) return context.notFound();
    return new Response(readFileSync(join(assetsDir, name)), { headers: { 'content-type': type } });
  });
  const server = createAdaptorServer({ fetch: site.fetch, overrideGlobalObjects: false });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        if ('closeAllConnections' in server) server.closeAllConnections();
      }),
  };
}

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
};
