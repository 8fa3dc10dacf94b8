/**
 * Configuration of all AWS clients: no retries in the client, timeouts, and the proxy of the environment.
 */
import type { NodeHttpHandler } from '@smithy/node-http-handler';
import { systemRuntime } from '../runtime.ts';
import { proxyFor, tunnelThrough } from './http-proxy.ts';

/** Same shape as `AwsCredentialIdentity` of the AWS SDK, so its providers can be used. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Required for temporary credentials. */
  readonly sessionToken?: string;
  /** The provider is called again after this time. @defaultValue they do not expire */
  readonly expiration?: Date;
}
/**
 * Called before the first request and when the credentials expire. Providers of the AWS SDK can be used.
 */
export type AwsCredentialsProvider = () => Promise<AwsCredentials>;

export interface AwsClientOptions {
  /** @defaultValue AWS_REGION or the region of the shared configuration file */
  readonly region?: string;
  /** Endpoint of an emulator or a VPC endpoint. @defaultValue the region's endpoint */
  readonly endpoint?: string;
  /** @defaultValue the default credential chain of the AWS SDK */
  readonly credentials?: AwsCredentials | AwsCredentialsProvider;
  /**
   * Timeout of a request without a response.
   * @defaultValue 15,000: a silent destination is diagnosed and confirmed within 30 s
   */
  readonly requestTimeoutMs?: number;
}

export interface AwsClientConfig {
  readonly region?: string;
  readonly endpoint?: string;
  readonly credentials?: AwsCredentials | AwsCredentialsProvider;
  readonly maxAttempts: number;
  readonly requestHandler: NodeHttpHandler;
}

const CONNECTION_TIMEOUT_MS = 10_000;

/** Options for the constructor of a client. Loads the HTTP handler of the SDK. */
export async function awsClientConfig(options: AwsClientOptions): Promise<AwsClientConfig> {
  const { NodeHttpHandler: Handler } = await import('@smithy/node-http-handler');
  const { region, endpoint, credentials, requestTimeoutMs = 15_000 } = options;
  const timeouts = {
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    requestTimeout: requestTimeoutMs,
    throwOnRequestTimeout: true,
  };

  /**
   * Chooses the proxy per request: the SDK resolves the region, and with it the host, only when it sends.
   */
  class ProxyingHandler extends Handler {
    readonly #tunnels = new Map<string, Promise<NodeHttpHandler>>();

    override async handle(...[request, more]: Parameters<NodeHttpHandler['handle']>) {
      const port = request.port === undefined ? '' : `:${request.port}`;
      const proxy = proxyFor(new URL(`${request.protocol}//${request.hostname}${port}`));
      if (proxy === null) return super.handle(request, more);
      const key = `${request.protocol} ${proxy}`;
      const tunnel = this.#tunnels.get(key) ?? openTunnel(proxy, request.protocol === 'https:');
      this.#tunnels.set(key, tunnel);
      return (await tunnel).handle(request, more);
    }

    override destroy(): void {
      super.destroy();
      // The request that needed the tunnel has reported its failure.
      for (const tunnel of this.#tunnels.values())
        tunnel.then(
          (open) => open.destroy(),
          () => {},
        );
    }
  }

  async function openTunnel(proxy: string, isSecure: boolean): Promise<NodeHttpHandler> {
    const agent = await tunnelThrough(proxy, {
      isSecure,
      runtime: systemRuntime,
      connectTimeoutMs: CONNECTION_TIMEOUT_MS,
    });
    return new Handler({ ...timeouts, httpAgent: agent, httpsAgent: agent });
  }

  return {
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials }),
    // The drain retries, and only failed records: see docs/adr/0023-which-layer-retries.md.
    maxAttempts: 1,
    // The SDK's default is HTTP/2 with a session per request, which plain HTTP servers and many proxies
    // refuse.
    requestHandler: new ProxyingHandler(timeouts),
  };
}
