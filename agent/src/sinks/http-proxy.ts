/**
 * Proxy support: the proxy of HTTPS_PROXY, HTTP_PROXY or ALL_PROXY, unless NO_PROXY has the host.
 * Requests use CONNECT, so the proxy sees a host and a port but no content.
 */
import type { Agent, ClientRequest } from 'node:http';
import type { HttpsProxyAgent } from 'https-proxy-agent';
import { getProxyForUrl } from 'proxy-from-env';
import type { Runtime } from '../runtime.ts';

/** No proxy can reach the loopback addresses of this computer; Go and browsers exclude them too. */
export const isLoopback = (hostname: string): boolean =>
  /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/.test(hostname);

/** The proxy for this address; null for a direct connection. */
export function proxyFor(url: URL): string | null {
  if (isLoopback(url.hostname)) return null;
  const proxy = getProxyForUrl(url);
  if (proxy === '') return null;
  // `HTTPS_PROXY=proxy:3128` is common and means plain HTTP to the proxy, as in curl; the package
  // uses the scheme of the address instead.
  const bare = proxy.startsWith('https://') ? proxy.slice('https://'.length) : null;
  return bare !== null && proxyVariables().includes(bare) ? `http://${bare}` : proxy;
}

export interface TunnelOptions {
  /** Whether the tunnel carries TLS. */
  readonly isSecure: boolean;
  readonly runtime: Runtime;
  /** Timeout of the connection through the proxy. */
  readonly connectTimeoutMs: number;
}

/** An agent for requests through this proxy. Throws for a proxy that does not use HTTP. */
export async function tunnelThrough(
  proxy: string,
  { isSecure, runtime, connectTimeoutMs }: TunnelOptions,
): Promise<Agent> {
  if (!/^https?:\/\//.test(proxy)) throw new ProxyError('it is not an HTTP address');
  const { HttpsProxyAgent: Base } = await import('https-proxy-agent');

  /** Closes connections to a proxy that never responds: Node.js cannot end a request without a socket. */
  class Tunnel extends Base<string> {
    readonly #opening = new Set<AbortController>();

    override async connect(
      request: ClientRequest,
      options: Parameters<HttpsProxyAgent<string>['connect']>[1],
    ): ReturnType<HttpsProxyAgent<string>['connect']> {
      const opening = new AbortController();
      const deadline = runtime.after(connectTimeoutMs, () => opening.abort());
      this.#opening.add(opening);
      // connect() reads this before its first await.
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
     * The package derives the protocol from the call stack if a request does not name it, as with
     * the AWS SDK. With a free connection that stack is a different one, so no connection would
     * ever be reused.
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

/**
 * The proxy of the environment cannot be used. The message omits its address, which may contain a password.
 */
export class ProxyError extends Error {
  readonly code = 'invalid_proxy';
  constructor(why: string, options?: ErrorOptions) {
    super(
      `the proxy of the environment cannot be used: ${why}; set HTTPS_PROXY to http://host:port`,
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
