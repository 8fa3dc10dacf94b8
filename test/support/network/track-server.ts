/**
 * A server of Kinetrack as far as `POST /track` goes, on loopback: checks the token, unpacks, validates every line,
 * stores, and answers with the list of what it has. What it stores stays in memory.
 */
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { parseEventLine, type TrackAnswer } from '@kinetrack/schema';
import { afterTest } from '../../runner/running-test.ts';
import type { Certificate } from './certificates.ts';

export interface TrackRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  /** Bytes as they came, before they were unpacked. */
  readonly bytes: number;
  readonly lines: readonly string[];
}

/** What goes wrong with a request, instead of or after what should happen. */
export type TrackFault =
  /** Answers this, stores nothing. */
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string }
  /** Cuts the connection: before anything is stored, or after everything is. */
  | { readonly cut: 'before_storing' | 'after_storing' }
  /** Stores and answers what this makes of the answer. */
  | { readonly answer: (honest: TrackAnswer) => unknown }
  /** Stores, and is silent for so long before it answers. */
  | { readonly silentMs: number };

export interface Refusal {
  readonly seq: number;
  readonly code: string;
  readonly reason: string;
}

export interface TrackServerOptions {
  /** @defaultValue `device-token` */
  readonly token?: string;
  /** With a certificate: HTTPS. */
  readonly tls?: Certificate;
  /** Why a line is not stored, null for one that is. @defaultValue what is no event by the schema */
  readonly refusalOf?: (line: string, seq: number) => Refusal | null;
  /** Larger bodies, unpacked, are answered with 413. @defaultValue 8 MiB */
  readonly maxBytes?: number;
}

export class TrackServer {
  readonly token: string;
  readonly requests: TrackRequest[] = [];
  /** Every line that was stored, again where it came again. */
  readonly stored: string[] = [];
  /** Called for each request in its turn, counted from 1. */
  fault: ((request: TrackRequest, turn: number) => TrackFault | undefined) | undefined;
  /** Called with each body as it came. */
  onBody: (body: Buffer) => void = () => {};
  /** How many were ever opened. */
  connections = 0;
  readonly #sockets = new Set<Socket>();
  readonly #options: TrackServerOptions;
  readonly #server;

  private constructor(options: TrackServerOptions) {
    this.#options = options;
    this.token = options.token ?? 'device-token';
    const listener: RequestListener = (request, response) => {
      // A sender that goes away in the middle is what some tests are about.
      this.#answer(request, response).catch(() => response.destroy());
    };
    this.#server =
      options.tls === undefined ? createServer(listener) : createTlsServer({ ...options.tls }, listener);
    this.#server.on('connection', (socket: Socket) => {
      this.connections += 1;
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
  }

  static async start(options: TrackServerOptions = {}): Promise<TrackServer> {
    const server = new TrackServer(options);
    await server.listen(0);
    afterTest(() => server.close());
    return server;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `${this.#options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${this.port}`;
  }

  async listen(port: number): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(port, '127.0.0.1', resolve));
  }

  get openConnections(): number {
    return this.#sockets.size;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const packed = await buffer(request);
    this.onBody(packed);
    const isPacked = request.headers['content-encoding'] === 'gzip';
    const body = isPacked ? gunzipSync(packed, { maxOutputLength: 32 * 1024 * 1024 }) : packed;
    const seen: TrackRequest = {
      method: request.method ?? '',
      path: request.url ?? '',
      headers: request.headers,
      bytes: packed.length,
      lines: body
        .toString()
        .split('\n')
        .filter((line) => line !== ''),
    };
    this.requests.push(seen);
    const fault = this.fault?.(seen, this.requests.length);
    if (fault !== undefined && 'status' in fault) {
      response.writeHead(fault.status, fault.headers).end(fault.body);
      return;
    }
    if (fault !== undefined && 'cut' in fault && fault.cut === 'before_storing')
      return void response.destroy();
    if (seen.path !== '/track') return refuse(response, 404, 'not_found');
    if (seen.method !== 'POST') return refuse(response, 405, 'method_not_allowed');
    if (seen.headers.authorization !== `Bearer ${this.token}`) return refuse(response, 401, 'unknown_token');
    if (body.length > (this.#options.maxBytes ?? 8 * 1024 * 1024)) return refuse(response, 413, 'too_large');
    const honest = this.#store(seen.lines);
    if (fault !== undefined && 'cut' in fault) return void response.destroy();
    if (fault !== undefined && 'silentMs' in fault) {
      await new Promise((resolve) => setTimeout(resolve, fault.silentMs).unref());
    }
    const answer = fault !== undefined && 'answer' in fault ? fault.answer(honest) : honest;
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  }

  #store(lines: readonly string[]): TrackAnswer {
    const { refusalOf = refusalBySchema } = this.#options;
    const acknowledged: [number, number][] = [];
    const rejected: Refusal[] = [];
    for (const line of lines) {
      const seq = seqOf(line);
      // Without a seq there is nothing that it could be called by.
      if (seq === null) continue;
      const refusal = refusalOf(line, seq);
      if (refusal !== null) {
        rejected.push(refusal);
        continue;
      }
      this.stored.push(line);
      const last = acknowledged.at(-1);
      if (last !== undefined && last[1] + 1 === seq) last[1] = seq;
      else acknowledged.push([seq, seq]);
    }
    return { acknowledged, rejected };
  }
}

function refusalBySchema(line: string, seq: number): Refusal | null {
  const parsed = parseEventLine(line);
  return parsed.ok ? null : { seq, code: parsed.reason, reason: parsed.message };
}

function seqOf(line: string): number | null {
  try {
    const { seq }: { seq?: unknown } = JSON.parse(line) ?? {};
    return typeof seq === 'number' ? seq : null;
  } catch {
    return null;
  }
}

function refuse(response: ServerResponse, status: number, code: string): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ error: { code, message: `${code}: see the documentation` } }));
}
