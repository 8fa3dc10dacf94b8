/**
 * Networks without direct internet access: the proxy that HTTPS_PROXY, HTTP_PROXY or ALL_PROXY
 * names, unless NO_PROXY holds the host. Requests go through it by CONNECT, so it sees a host and a port and
 * nothing of what is sent.
 */
import type { Agent, ClientRequest } from 'node:http';
import type { HttpsProxyAgent } from 'https-proxy-agent';
import { getProxyForUrl } from 'proxy-from-env';
import type { Runtime } from '../runtime.ts';

/** Loopback is this computer, and no proxy can reach it: left out as Go and browsers do. */
export const isLoopback = (hostname: string): boolean =>
  /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/.test(hostname);

/** The proxy for this address; null where it is reached directly. */
export function proxyFor(url: URL): string | null {
  if (isLoopback(url.hostname)) return null;
  const proxy = getProxyForUrl(url);
  if (proxy === '') return null;
  // `HTTPS_PROXY=proxy:3128` is common and means plain HTTP to the proxy, as curl reads it; the package takes
  // the scheme of the address.
  const bare = proxy.startsWith('https://') ? proxy.slice('https://'.length) : null;
  return bare !== null && proxyVariables().includes(bare) ? `http://${bare}` : proxy;
}

export interface TunnelOptions {
  /** Whether TLS is spoken through it. */
  readonly isSecure: boolean;
  readonly runtime: Runtime;
  /** The proxy has to have connected after this. */
  readonly connectTimeoutMs: number;
}

/** An agent for requests through that proxy. Throws for a proxy that speaks something else than HTTP. */
export async function tunnelThrough(
  proxy: string,
  { isSecure, runtime, connectTimeoutMs }: TunnelOptions,
): Promise<Agent> {
  if (!/^https?:\/\//.test(proxy)) throw new ProxyError('it is not an address of HTTP');
  const { HttpsProxyAgent: Base } = await import('https-proxy-agent');

  /** Leaves no connection behind to a proxy that never answers: Node cannot end a request without a socket. */
  class Tunnel extends Base<string> {
    readonly #opening = new Set<AbortController>();

    override async connect(
      request: ClientRequest,
      options: Parameters<HttpsProxyAgent<string>['connect']>[1],
    ): ReturnType<HttpsProxyAgent<string>['connect']> {
      const opening = new AbortController();
      const deadline = runtime.after(connectTimeoutMs, () => opening.abort());
      this.#opening.add(opening);
      // Read by connect() before its first wait.
      this.connectOpts.signal = opening.signal;
      try {
        return await super.connect(request, options);
      } catch (error) {
        if (!opening.signal.aborted) throw error;
        throw Object.assign(new Error(`the proxy did not connect within ${connectTimeoutMs} ms`), {
          code: 'ETIMEDOUT',
          cause: error,
        });
      } finally {
        deadline.cancel();
        this.#opening.delete(opening);
      }
    }

    /**
     * The package reads the protocol off the call stack where a request does not name it, as those of the AWS SDK
     * do not; once a connection is free that stack is another, and no connection would ever be used again.
     */
    override isSecureEndpoint(): boolean {
      return isSecure;
    }

    override destroy(): void {
      for (const opening of this.#opening) opening.abort();
      super.destroy();
    }
  }

  try {
    return new Tunnel(proxy, { keepAlive: true });
  } catch (error) {
    throw new ProxyError('it is not an address', { cause: error });
  }
}

/** The proxy of the environment cannot be used. The message leaves out its address, which may hold a password. */
export class ProxyError extends Error {
  readonly code = 'invalid_proxy';
  constructor(why: string, options?: ErrorOptions) {
    super(
      `the proxy that the environment names cannot be used: ${why}; set HTTPS_PROXY to http://host:port`,
      options,
    );
    this.name = 'ProxyError';
  }
}

const proxyVariables = (): readonly (string | undefined)[] =>
  ['http_proxy', 'https_proxy', 'all_proxy'].flatMap((name) => [
    process.env[name],
    process.env[name.toUpperCase()],
  ]);
