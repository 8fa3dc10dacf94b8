/**
 * One POST with node:http(s), and its response. Not fetch: it supports no proxies and follows
 * redirects. Here a redirect is a response. Only requests on a stale connection are retried (see
 * StaleConnection).
 */
import http, {
  type Agent,
  type ClientRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
} from 'node:http';
import https from 'node:https';
import type { Runtime } from '../runtime.ts';

export interface HttpPost {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  readonly agent: Agent;
  readonly ca: string | undefined;
  readonly connectTimeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly requestTimeoutMs: number;
  /** Maximum size of a response; the rest is not read. */
  readonly maxAnswerBytes: number;
  readonly signal: AbortSignal;
  readonly runtime: Runtime;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Null if larger than the maximum. */
  readonly body: Buffer | null;
  /** The proxy responded instead of the server: it refused the request. */
  readonly isFromProxy: boolean;
}

/** Rejects with an error of Node.js, or with the code ETIMEDOUT. */
export async function post(options: HttpPost): Promise<HttpAnswer> {
  for (;;) {
    try {
      return await new Attempt(options).answer;
    } catch (error) {
      // Each such failure removes one idle connection from the agent, so this loop ends.
      if (!(error instanceof StaleConnection)) throw error;
    }
  }
}

/** The server closed an idle connection before the request arrived. */
class StaleConnection extends Error {}

class Attempt {
  readonly answer: Promise<HttpAnswer>;
  readonly #options: HttpPost;
  readonly #request: ClientRequest;
  #isFromProxy = false;
  #hasAnswer = false;
  #settle: (outcome: HttpAnswer | Error) => void = () => {};

  constructor(options: HttpPost) {
    this.#options = options;
    const { url, headers, body, agent, ca, idleTimeoutMs, signal, runtime } = options;
    signal.throwIfAborted();
    const { request: open } = url.protocol === 'https:' ? https : http;
    this.#request = open(url, {
      method: 'POST',
      headers: { ...headers, 'content-length': body.length },
      agent,
      // Idle timeout of the socket, for both directions.
      timeout: idleTimeoutMs,
      ...(ca === undefined ? {} : { ca }),
    });
    const connecting = runtime.after(options.connectTimeoutMs, () =>
      this.#fail(timeout(`no connection within ${options.connectTimeoutMs} ms`)),
    );
    const whole = runtime.after(options.requestTimeoutMs, () =>
      this.#fail(timeout(`no complete response within ${options.requestTimeoutMs} ms`)),
    );
    const abort = () => this.#fail(new Error('aborted'));
    signal.addEventListener('abort', abort, { once: true });
    this.answer = new Promise<HttpAnswer>((resolve, reject) => {
      this.#settle = (outcome) => (outcome instanceof Error ? reject(outcome) : resolve(outcome));
    }).finally(() => {
      connecting.cancel();
      whole.cancel();
      signal.removeEventListener('abort', abort);
    });
    this.#request
      .on('error', (error) => this.#fail(error))
      .once('proxyConnect', ({ statusCode }: { statusCode: number }) => {
        this.#isFromProxy = statusCode !== 200;
      })
      .once('socket', (socket) => {
        const isReady = this.#request.reusedSocket || (url.protocol === 'http:' && !socket.connecting);
        if (isReady) connecting.cancel();
        else socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', () => connecting.cancel());
      })
      .once('response', (response) => {
        this.#hasAnswer = true;
        connecting.cancel();
        this.#read(response);
      })
      .once('timeout', () => this.#fail(timeout(`no data for ${idleTimeoutMs} ms`)));
    this.#request.end(body);
  }

  #read(response: IncomingMessage): void {
    const { maxAnswerBytes } = this.#options;
    const chunks: Buffer[] = [];
    let bytes = 0;
    const answered = (body: Buffer | null) =>
      this.#settle({
        status: response.statusCode ?? 0,
        headers: response.headers,
        body,
        isFromProxy: this.#isFromProxy,
      });
    response
      .on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        chunks.push(chunk);
        if (bytes <= maxAnswerBytes) return;
        answered(null);
        this.#request.destroy();
      })
      .once('end', () => answered(Buffer.concat(chunks)))
      // A rejection before the whole body is sent ends with a reset; its status is known by then.
      .once('error', (error) => (response.statusCode === 200 ? this.#fail(error) : answered(null)))
      .once('close', () => this.#fail(timeout('the response was interrupted')));
  }

  /** No effect after a response. */
  #fail(error: Error): void {
    const code = 'code' in error ? error.code : undefined;
    const isStale =
      this.#request.reusedSocket && !this.#hasAnswer && (code === 'ECONNRESET' || code === 'EPIPE');
    this.#settle(isStale ? new StaleConnection('an idle connection was closed', { cause: error }) : error);
    this.#request.destroy();
  }
}

const timeout = (message: string): Error =>
  Object.assign(new Error(message), { name: 'TimeoutError', code: 'ETIMEDOUT' });
