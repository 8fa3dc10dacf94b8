/** What httpSink() takes, checked once. No message shows a token, nor an address that holds a password. */
import type { RequestLimits } from '@kinetrack/schema';
import type { Runtime } from '../runtime.ts';
import { systemRuntime } from '../runtime.ts';
import { AGENT_VERSION } from '../version.ts';
import { isLoopback } from './http-proxy.ts';
import { SinkError } from './sink.ts';

export interface HttpSinkOptions {
  /** Address of the server, such as `https://kinetrack.example.com`: events go to `/track` below it. */
  readonly url: string;
  /** The token of this device; it stands for whose events these are. */
  readonly token: string;
  /** Certificates in PEM to trust instead of Node's, for a server with a certificate of its own. @defaultValue Node's */
  readonly ca?: string;
  /** @defaultValue `kinetrack-agent/<version>` */
  readonly userAgent?: string;
  /** Events in one request. @defaultValue 1,000 */
  readonly maxEventsPerRequest?: number;
  /** Bytes of lines in one request, before gzip; a single larger event still goes. @defaultValue 1 MiB */
  readonly maxBytesPerRequest?: number;
  /** Without a connection after this, a request is given up. @defaultValue 10,000 */
  readonly connectTimeoutMs?: number;
  /** Without a byte in either direction for this long, a request is given up. @defaultValue 15,000 */
  readonly idleTimeoutMs?: number;
  /** Without a whole answer after this, a request is given up. @defaultValue 60,000 */
  readonly requestTimeoutMs?: number;
  /** @defaultValue the system's */
  readonly runtime?: Runtime;
}

export interface HttpDestination {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly ca: string | undefined;
  readonly limits: RequestLimits;
  readonly connectTimeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly runtime: Runtime;
}

/** Throws SinkError: the value, the rule, the remedy. */
export function httpDestination(options: HttpSinkOptions): HttpDestination {
  const { token, userAgent = `kinetrack-agent/${AGENT_VERSION}` } = options;
  // b64token of RFC 6750: what stands behind Bearer.
  if (!/^[A-Za-z0-9._~+/-]{1,4096}=*$/.test(token)) {
    throw new SinkError(
      `token has ${token.length} characters that do not make a device token: letters, digits and - . _ ~ + / are allowed; copy it again, without spaces around it`,
    );
  }
  if (!/^[\x20-\x7e]{1,256}$/.test(userAgent)) {
    throw new SinkError(
      `userAgent is ${JSON.stringify(userAgent)}: 1 to 256 characters of ASCII are allowed; shorten it or leave it out`,
    );
  }
  return {
    url: trackUrl(options.url),
    headers: {
      accept: 'application/json',
      authorization: `Bearer ${token}`,
      'content-encoding': 'gzip',
      'content-type': 'application/x-ndjson',
      'user-agent': userAgent,
    },
    ca: options.ca,
    limits: {
      maxRecords: whole('maxEventsPerRequest', options.maxEventsPerRequest ?? 1000, 10_000),
      maxBytes: whole('maxBytesPerRequest', options.maxBytesPerRequest ?? 1024 * 1024, 16 * 1024 * 1024),
    },
    connectTimeoutMs: whole('connectTimeoutMs', options.connectTimeoutMs ?? 10_000, MAX_TIMEOUT_MS),
    idleTimeoutMs: whole('idleTimeoutMs', options.idleTimeoutMs ?? 15_000, MAX_TIMEOUT_MS),
    requestTimeoutMs: whole('requestTimeoutMs', options.requestTimeoutMs ?? 60_000, MAX_TIMEOUT_MS),
    runtime: options.runtime ?? systemRuntime,
  };
}

const MAX_TIMEOUT_MS = 10 * 60_000;

function trackUrl(given: string): URL {
  const refuse = (shown: string, rule: string): never => {
    throw new SinkError(`url is ${shown}: ${rule}, such as https://kinetrack.example.com`);
  };
  if (!URL.canParse(given)) {
    return refuse(given.includes('@') ? 'not an address' : JSON.stringify(given), 'give an address');
  }
  const url = new URL(given);
  if (url.username !== '' || url.password !== '') {
    return refuse('an address with a user or password', 'give it without, and the secret as `token`');
  }
  if (url.search !== '' || url.hash !== '') {
    return refuse(`${url.origin} with more behind it`, 'give the address without ? and #');
  }
  const isSafe = url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname));
  if (!isSafe) {
    return refuse(
      JSON.stringify(given),
      'events and token travel by https alone, by http only to this computer (127.0.0.1, localhost, [::1]); give an https address',
    );
  }
  const path = url.pathname.replace(/\/+$/, '');
  if (path.endsWith('/track')) {
    return refuse(JSON.stringify(given), "/track is added to it; give the server's own address");
  }
  url.pathname = `${path}/track`;
  return url;
}

function whole(name: string, value: number, limit: number): number {
  if (Number.isInteger(value) && value >= 1 && value <= limit) return value;
  throw new SinkError(`${name} is ${value}: 1 to ${limit} is allowed; choose a whole number in between`);
}
