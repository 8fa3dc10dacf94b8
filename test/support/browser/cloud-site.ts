/**
 * The page and its API on one origin as CloudFront puts them together: files with the headers and the `site.json` of
 * the deployment, `/api/*` through the code of the CloudFront function, and the API function behind an authorizer that
 * takes ID tokens of one issuer.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import vm from 'node:vm';
import { createAdaptorServer } from '@hono/node-server';
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { Hono } from 'hono';
import { STRIP_API_PREFIX } from '../../../lib/constructs/api-path.ts';
import { contentSecurityPolicy } from '../../../lib/constructs/page-headers.ts';
import { httpEvent } from '../aws/http-event.ts';
import { closeServer, listening, portOf } from '../network/loopback.ts';
import type { OidcProvider } from './oidc-provider.ts';

export interface CloudSiteOptions {
  readonly assetsDir: string;
  /** The API function; what its token says comes as claims. */
  answer(event: unknown): Promise<APIGatewayProxyStructuredResultV2>;
  readonly clientId: string;
  /** Who signs people in; asked at every request. */
  provider(): OidcProvider;
  /** In place of the one of the deployment, unless it is undefined. */
  siteJson?(): unknown;
  /** The authorizer refuses every token, like one for another client. */
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
  const { assetsDir, clientId, provider } = options;
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
    const { method, url } = context.req;
    const { pathname, search } = new URL(url);
    const path = edgePathOf(pathname);
    if (!ROUTES.some((route) => route.test(`${method} ${path}`)))
      return context.json({ message: 'Not Found' }, 404);
    const event = httpEvent(method, decodeURIComponent(path), {
      query: search.slice(1),
      claims: textsOf(claims),
    });
    const { statusCode = 500, headers = {}, body = '' } = await options.answer(event);
    const texts = Object.entries(headers).map(([name, value]): [string, string] => [name, String(value)]);
    return new Response(body, { status: statusCode, headers: texts });
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
  await listening(server);
  const port = portOf(server);
  return {
    url: `http://127.0.0.1:${port}/`,
    close: () => closeServer(server),
  };
}

/** What the HTTP API sends to that function: lib/constructs/http-api.ts. */
const ROUTES = [/^GET \/./, /^DELETE \/admin\/user\/[^/]+$/];

/** As an HTTP API hands claims over: texts, lists in brackets. */
const textsOf = (claims: Readonly<Record<string, unknown>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(claims).map(([name, value]) => [
      name,
      Array.isArray(value) ? `[${value.join(' ')}]` : String(value),
    ]),
  );

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
};
