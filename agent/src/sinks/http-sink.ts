/**
 * A server of Kinetrack: `POST /track`, JSON lines, gzip, the token of the device. Only what the server lists in its
 * answer is delivered: see schema/src/track.ts for the protocol and why.
 */
import { Agent } from 'node:http';
import { Agent as TlsAgent } from 'node:https';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { divide } from '@kinetrack/schema';
import { diagnoseNetwork } from '../connection/diagnose.ts';
import { MAX_EVENT_BYTES } from '../pack/index.ts';
import type { SpoolRecord } from '../spool/spool.ts';
import { retryable } from './deliver-packed.ts';
import { type Meaning, meaningOf } from './http-answer.ts';
import { type HttpDestination, type HttpSinkOptions, httpDestination } from './http-options.ts';
import { type HttpAnswer, post } from './http-post.ts';
import { proxyFor, tunnelThrough } from './http-proxy.ts';
import { type RecordOutcome, SHARED_CADENCE_MS, type Sink } from './sink.ts';

/** Throws SinkError for options that cannot work. */
export const httpSink = (options: HttpSinkOptions): Sink => new HttpSink(httpDestination(options));

const compress = promisify(gzip);
/** An acknowledgement is a few ranges; 10,000 refusals with their reasons are 2 MB. */
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;
/** Without the event's own size: reasons are counted by their text. */
const TOO_LARGE = `an event above ${MAX_EVENT_BYTES} bytes is not sent: record less in one event`;
const TOO_LARGE_THERE = 'the server does not take an event of this size: raise the limit of its requests';

const bytesOf = ({ line }: SpoolRecord): number => Buffer.byteLength(line) + 1;
const tooLarge = (reason: string): RecordOutcome => ({ status: 'rejected', code: 'too_large', reason });

class HttpSink implements Sink {
  readonly name: string;
  readonly #destination: HttpDestination;
  readonly #target: string;
  readonly #maxEvents: number;
  readonly #closing = new AbortController();
  #agent: Promise<Agent> | undefined;
  /** Halved with each 413, so never below half of what the server takes: what follows is divided beforehand. */
  #maxBytes: number;
  /** By the monotonic clock: until then the server asks to be left alone. */
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

  /** As the server asks for it: what a request costs, only the server knows. */
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
        // What refused one request as a whole refuses the next as well: no second timeout to wait for.
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
