/** Serves the API and the page on 127.0.0.1, with credentials only (request-guard.ts, credentials.ts). */
import type { AddressInfo } from 'node:net';
import { createAdaptorServer, type HttpBindings } from '@hono/node-server';
import type { Runtime } from '@kinetrack/agent';
import { Hono } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import { type Asset, loadAssets } from './assets.ts';
import { type Credentials, openCredentials } from './credentials.ts';
import { refusalResponse, SECURITY_HEADERS } from './refusal-response.ts';
import { type GuardedRequest, pathOf, refusalOf } from './request-guard.ts';

export interface ServerOptions {
  /** The API routes: handle all paths without a static file. */
  readonly api: { fetch(request: Request): Response | Promise<Response> };
  /** The built dashboard. */
  readonly assetsDir: string;
  /** Folder for the keys of the dashboard. */
  readonly dataDir: string;
  /** 0: any free port. */
  readonly port: number;
  readonly runtime: Pick<Runtime, 'after'>;
}

export interface RunningServer {
  /** `http://127.0.0.1:<port>/` */
  readonly url: string;
  /** Address that signs a browser in. Secret: only for the user of this computer. */
  readonly launchUrl: string;
  /** Stops listening and waits up to a second for running requests. Can be called twice. */
  close(): Promise<void>;
}

export class PortUnavailable extends Error {
  readonly code = 'port_unavailable';
  constructor(
    readonly port: number,
    why: string,
    cause: unknown,
  ) {
    super(`port ${port}: ${why}. Choose another port with --port N (0: any free port).`, { cause });
    this.name = 'PortUnavailable';
  }
}

const HOST = '127.0.0.1';
const CLOSE_DEADLINE_MS = 1000;
const COOKIE_MAX_AGE_S = 90 * 24 * 3600;

type HttpServer = ReturnType<typeof createAdaptorServer>;
type Env = { Bindings: HttpBindings };

/** @throws PortUnavailable, or an Error if the keys or the page cannot be read */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const assets = await loadAssets(options.assetsDir);
  // Listen before writing the keys: if the port is in use, the token of the running server must stay.
  let app: Hono<Env> | undefined;
  const server = createAdaptorServer({
    fetch: (request, env) => app?.fetch(request, env) ?? new Response(null, { status: 503 }),
    overrideGlobalObjects: false,
  });
  await listen(server, options.port);
  const hosts = hostsOf((server.address() as AddressInfo).port);

  let closing: Promise<void> | undefined;
  let credentials: Credentials | undefined;
  const close = () => {
    closing ??= (async () => {
      await stopListening(server, options.runtime);
      await credentials?.remove();
    })();
    return closing;
  };
  try {
    credentials = await openCredentials(options.dataDir);
  } catch (error) {
    await close();
    throw error;
  }
  app = createSite(options.api, assets, credentials, hosts);
  const url = `http://${hosts[0]}/`;
  return { url, launchUrl: `${url}?token=${credentials.launchToken}`, close };
}

function createSite(
  api: ServerOptions['api'],
  assets: ReadonlyMap<string, Asset>,
  credentials: Credentials,
  hosts: readonly string[],
): Hono<Env> {
  const site = new Hono<Env>();
  site.use(async (context, next) => {
    const { incoming } = context.env;
    const token = bearerOf(incoming.headers.authorization);
    const cookie = getCookie(context, credentials.cookieName);
    // Only the launch address may contain a token.
    const launch =
      incoming.method === 'GET' && pathOf(incoming.url ?? '') === '/'
        ? context.req.query('token')
        : undefined;
    const launches = launch !== undefined && credentials.isLaunchToken(launch);
    const request: GuardedRequest = {
      method: incoming.method ?? '',
      target: incoming.url ?? '',
      host: valuesOf(incoming.rawHeaders, 'host'),
      origin: incoming.headers.origin,
      secFetchSite: context.req.header('sec-fetch-site'),
      accept: incoming.headers.accept,
      marker: context.req.header('x-kinetrack'),
      hasCredential:
        launches ||
        (token !== undefined && credentials.isLaunchToken(token)) ||
        (cookie !== undefined && credentials.isCookieValue(cookie)),
    };
    const refusal = refusalOf(request, hosts);
    if (refusal !== undefined) {
      context.res = refusalResponse(refusal, incoming.headers.accept?.includes('text/html') ?? false);
    } else if (launch !== undefined) {
      // Also with an outdated token and a valid cookie, to remove the token from the address bar.
      if (launches) {
        setCookie(context, credentials.cookieName, credentials.cookieValue, {
          ...{ httpOnly: true, sameSite: 'Strict', path: '/', maxAge: COOKIE_MAX_AGE_S },
        });
      }
      context.res = context.redirect('/', 303);
    } else {
      await next();
    }
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) context.res.headers.set(name, value);
  });
  site.get('*', (context) => {
    const asset = assets.get(context.req.path);
    if (asset === undefined) return api.fetch(context.req.raw);
    return new Response(asset.body, { headers: { 'content-type': asset.contentType } });
  });
  // The guard allows only one DELETE request.
  site.delete('*', (context) => api.fetch(context.req.raw));
  return site;
}

/** Allowed Host headers. Browsers omit port 80. */
const hostsOf = (port: number): string[] =>
  [HOST, 'localhost'].flatMap((name) => (port === 80 ? [`${name}:${port}`, name] : [`${name}:${port}`]));

const bearerOf = (header: string | undefined): string | undefined =>
  /^Bearer (\S+)$/i.exec(header ?? '')?.[1];

/** From the raw headers: Node.js joins or drops repeated ones. */
function valuesOf(rawHeaders: readonly string[], name: string): string[] {
  return rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === name);
}

async function listen(server: HttpServer, port: number): Promise<void> {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, HOST, resolve);
    });
  } catch (error) {
    throw error instanceof Error ? portError(port, error) : error;
  }
}

function portError(port: number, error: NodeJS.ErrnoException): Error {
  if (error.code === 'EADDRINUSE') {
    return new PortUnavailable(port, 'in use by another program', error);
  }
  if (error.code === 'EACCES') {
    return new PortUnavailable(port, 'only administrators can use this port', error);
  }
  if (error.code === 'ERR_SOCKET_BAD_PORT') {
    return new PortUnavailable(port, 'a port must be a whole number from 0 to 65535', error);
  }
  return error;
}

async function stopListening(server: HttpServer, runtime: Pick<Runtime, 'after'>): Promise<void> {
  await new Promise<void>((resolve) => {
    const deadline = runtime.after(CLOSE_DEADLINE_MS, () => {
      if ('closeAllConnections' in server) server.closeAllConnections();
    });
    server.close(() => {
      deadline.cancel();
      resolve();
    });
    if ('closeIdleConnections' in server) server.closeIdleConnections();
  });
}
