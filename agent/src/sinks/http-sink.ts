/**
 * Sends to a Kinetrack server: `POST /track`, JSON lines, gzip, the token of the device. Only
 * events listed in the response are delivered: see schema/src/track.ts for the protocol and its
 * reasons.
 */
import { Agent } from 'node:http';
import { Agent as TlsAgent } from 'node:https';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { divide, type RequestLimits } from '@kinetrack/schema';
import { diagnoseNetwork } from '../connection/diagnose.ts';
import { MAX_EVENT_BYTES, TOO_LARGE } from '../pack.ts';
import { type Runtime, systemRuntime } from '../runtime.ts';
import type { SpoolRecord } from '../spool/spool.ts';
import { AGENT_VERSION } from '../version.ts';
import { retryable } from './deliver-packed.ts';
import { type Meaning, meaningOf } from './http-answer.ts';
import { type HttpAnswer, post } from './http-post.ts';
import { isLoopback, proxyFor, tunnelThrough } from './http-proxy.ts';
import { type RecordOutcome, SHARED_CADENCE_MS, type Sink, SinkError, wholeNumber } from './sink.ts';

/** Throws SinkError for invalid options. */
export const httpSink = (options: HttpSinkOptions): Sink => new HttpSink(httpDestination(options));

const compress = promisify(gzip);
/** Acknowledgements are a few ranges; 10,000 rejections with their reasons are 2 MB. */
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;
const TOO_LARGE_THERE = 'the server does not accept an event of this size: raise its request limit';

const bytesOf = ({ line }: SpoolRecord): number => Buffer.byteLength(line) + 1;
const tooLarge = (reason: string): RecordOutcome => ({ status: 'rejected', code: 'too_large', reason });

class HttpSink implements Sink {
  readonly name: string;
  readonly #destination: HttpDestination;
  readonly #target: string;
  readonly #maxEvents: number;
  readonly #closing = new AbortController();
  #agent: Promise<Agent> | undefined;
  /**
   * Halved with each 413, so never below half of the server's limit. Later requests use the reduced size.
   */
  #maxBytes: number;
  /** Monotonic end of the wait requested by the server. */
  #waitUntilMs = Number.NEGATIVE_INFINITY;
  #waitingFor: RecordOutcome | undefined;
  #cadenceMs = SHARED_CADENCE_MS;

  constructor(destination: HttpDestination) {
    this.name = `http:${destination.url.host}`;
    this.#destination = destination;
    this.#target = `the server ${destination.url.host}`;
    this.#maxEvents = destination.limits.maxRecords;
    this.#maxBytes = destination.limits.maxBytes;
  }

  /** Set by the server: only it knows the cost of a request. */
  get cadenceMs(): number {
    return this.#cadenceMs;
  }

  async send(events: readonly SpoolRecord[]): Promise<readonly RecordOutcome[]> {
    const outcomes = new Map<SpoolRecord, RecordOutcome>();
    const settle = (
      some: readonly SpoolRecord[],
      outcomeOf: (index: number) => RecordOutcome | undefined,
    ) => {
      for (const [i, event] of some.entries()) {
        const outcome = outcomeOf(i);
        if (outcome !== undefined) outcomes.set(event, outcome);
      }
    };
    let rest = events.filter((event) => bytesOf(event) <= MAX_EVENT_BYTES);
    while (rest.length > 0) {
      const [batch = rest] = divide(rest, bytesOf, { maxRecords: this.#maxEvents, maxBytes: this.#maxBytes });
      const meaning = await this.#post(batch);
      if (meaning.kind === 'failed') {
        // A fault of a whole request also affects the next one: do not wait for a second timeout.
        settle(rest, () => meaning.outcome);
        break;
      }
      if (meaning.kind === 'too_large' && batch.length > 1) {
        this.#maxBytes = Math.ceil(batch.reduce((sum, event) => sum + bytesOf(event), 0) / 2);
        continue;
      }
      settle(batch, (i) => (meaning.kind === 'outcomes' ? meaning.outcomes[i] : tooLarge(TOO_LARGE_THERE)));
      rest = rest.slice(batch.length);
    }
    return events.map((event) => outcomes.get(event) ?? tooLarge(TOO_LARGE));
  }

  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    const agent = await this.#agent?.catch(() => undefined);
    agent?.destroy();
  }

  async #post(events: readonly SpoolRecord[]): Promise<Meaning> {
    const { runtime } = this.#destination;
    if (this.#waitingFor !== undefined && runtime.monotonic() < this.#waitUntilMs) {
      return { kind: 'failed', outcome: this.#waitingFor, waitMs: 0 };
    }
    try {
      const answer = await this.#request(events);
      const meaning = meaningOf(answer, { target: this.#target, events, nowMs: runtime.now() });
      if (meaning.kind === 'failed' && meaning.waitMs > 0) {
        this.#waitingFor = meaning.outcome;
        this.#waitUntilMs = runtime.monotonic() + meaning.waitMs;
      }
      if (meaning.kind === 'outcomes' && meaning.sendEveryMs !== undefined) {
        this.#cadenceMs = meaning.sendEveryMs;
      }
      return meaning;
    } catch (error) {
      return { kind: 'failed', outcome: this.#failed(error), waitMs: 0 };
    }
  }

  async #request(events: readonly SpoolRecord[]): Promise<HttpAnswer> {
    const { signal } = this.#closing;
    signal.throwIfAborted();
    const body = await compress(events.map(({ line }) => `${line}\n`).join(''));
    signal.throwIfAborted();
    this.#agent ??= this.#openAgent();
    const agent = await this.#agent;
    return post({ ...this.#destination, body, agent, signal, maxAnswerBytes: MAX_ANSWER_BYTES });
  }

  async #openAgent(): Promise<Agent> {
    const { url, runtime, connectTimeoutMs } = this.#destination;
    const isSecure = url.protocol === 'https:';
    const proxy = proxyFor(url);
    if (proxy !== null) return tunnelThrough(proxy, { isSecure, runtime, connectTimeoutMs });
    return isSecure ? new TlsAgent({ keepAlive: true }) : new Agent({ keepAlive: true });
  }

  #failed(error: unknown): RecordOutcome {
    if (this.#closing.signal.aborted) return retryable(`the sink ${this.name} is closed`);
    const { fault, reason } = diagnoseNetwork(this.#target, error);
    return retryable(reason, fault);
  }
}

export interface HttpSinkOptions {
  /** Address of the server, such as `https://kinetrack.example.com`; events are sent to its `/track`. */
  readonly url: string;
  /** Token of this device. The server derives the user from it. */
  readonly token: string;
  /**
   * PEM certificates trusted instead of Node's, for a server with its own certificate. @defaultValue Node's
   */
  readonly ca?: string;
  /** @defaultValue `kinetrack-agent/<version>` */
  readonly userAgent?: string;
  /** Events per request. @defaultValue 1,000 */
  readonly maxEventsPerRequest?: number;
  /** Bytes of lines per request, before gzip; a single larger event is still sent. @defaultValue 1 MiB */
  readonly maxBytesPerRequest?: number;
  /** Timeout of a connection. @defaultValue 10,000 */
  readonly connectTimeoutMs?: number;
  /** Timeout of a connection without traffic in either direction. @defaultValue 15,000 */
  readonly idleTimeoutMs?: number;
  /** Timeout of a whole request. @defaultValue 60,000 */
  readonly requestTimeoutMs?: number;
  /** @defaultValue the system's */
  readonly runtime?: Runtime;
}

interface HttpDestination {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly ca: string | undefined;
  readonly limits: RequestLimits;
  readonly connectTimeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly runtime: Runtime;
}

/**
 * Checks the options of httpSink(). No message contains a token, or an address with a password.
 *
 * Throws SinkError with the value, the rule and the remedy.
 */
function httpDestination(options: HttpSinkOptions): HttpDestination {
  const { token, userAgent = `kinetrack-agent/${AGENT_VERSION}` } = options;
  // b64token of RFC 6750, the credentials after Bearer.
  if (!/^[A-Za-z0-9._~+/-]{1,4096}=*$/.test(token)) {
    throw new SinkError(
      `token has ${token.length} characters and is not a device token: letters, digits and - . _ ~ + / are allowed; copy it again, without spaces around it`,
    );
  }
  if (!/^[\x20-\x7e]{1,256}$/.test(userAgent)) {
    throw new SinkError(
      `userAgent is ${JSON.stringify(userAgent)}: 1 to 256 ASCII characters are allowed; shorten it or leave it out`,
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
      maxRecords: wholeNumber('maxEventsPerRequest', options.maxEventsPerRequest ?? 1000, 10_000),
      maxBytes: wholeNumber(
        'maxBytesPerRequest',
        options.maxBytesPerRequest ?? 1024 * 1024,
        16 * 1024 * 1024,
      ),
    },
    connectTimeoutMs: wholeNumber('connectTimeoutMs', options.connectTimeoutMs ?? 10_000, MAX_TIMEOUT_MS),
    idleTimeoutMs: wholeNumber('idleTimeoutMs', options.idleTimeoutMs ?? 15_000, MAX_TIMEOUT_MS),
    requestTimeoutMs: wholeNumber('requestTimeoutMs', options.requestTimeoutMs ?? 60_000, MAX_TIMEOUT_MS),
    runtime: options.runtime ?? systemRuntime,
  };
}

const MAX_TIMEOUT_MS = 10 * 60_000;

function trackUrl(given: string): URL {
  const refuse = (shown: string, rule: string): never => {
    throw new SinkError(`url is ${shown}: ${rule}, such as https://kinetrack.example.com`);
  };
  if (!URL.canParse(given)) {
    return refuse(given.includes('@') ? 'not an address' : JSON.stringify(given), 'must be an address');
  }
  const url = new URL(given);
  if (url.username !== '' || url.password !== '') {
    return refuse('an address with a user or password', 'pass it without, and the secret as `token`');
  }
  if (url.search !== '' || url.hash !== '') {
    return refuse(`${url.origin} with a query or fragment`, 'pass the address without ? and #');
  }
  const isSafe = url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname));
  if (!isSafe) {
    return refuse(
      JSON.stringify(given),
      'events and token require https, except to this computer (127.0.0.1, localhost, [::1]); pass an https address',
    );
  }
  const path = url.pathname.replace(/\/+$/, '');
  if (path.endsWith('/track')) {
    return refuse(JSON.stringify(given), '/track is added to it; pass the address of the server');
  }
  url.pathname = `${path}/track`;
  return url;
}
