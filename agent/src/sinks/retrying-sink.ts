/**
 * Sends again what may work later, and nothing else, with exponential backoff: for a sink that is used without a
 * tracker. A tracker retries by itself, out of its queue (docs/adr/0023-which-layer-retries.md): do not combine them.
 */
import { backoffMs } from '@kinetrack/schema';
import { messageOf } from '../logger.ts';
import type { Runtime } from '../runtime.ts';
import type { SpoolRecord } from '../spool/spool.ts';
import { retryable } from './deliver-packed.ts';
import type { RecordOutcome, Sink, SinkRate } from './sink.ts';

export interface RetryingSinkOptions {
  readonly runtime: Runtime;
  /** The wait after the first failure is random below this; it doubles with each further one. @defaultValue 200 */
  readonly baseDelayMs?: number;
  /** No wait is longer. @defaultValue 30,000 */
  readonly maxDelayMs?: number;
  /** Attempts of one send(), the first included; what is left then comes back as retryable. @defaultValue 5 */
  readonly maxAttempts?: number;
}

export const retryingSink = (sink: Sink, options: RetryingSinkOptions): Sink =>
  new RetryingSink(sink, options);

class RetryingSink implements Sink {
  readonly name: string;
  readonly rate?: SinkRate;
  readonly #runtime: Runtime;
  readonly #baseDelayMs: number;
  readonly #maxDelayMs: number;
  readonly #maxAttempts: number;
  /** Ends the waits that go on. */
  readonly #wake = new Set<() => void>();
  #closing: Promise<void> | undefined;

  constructor(
    private readonly sink: Sink,
    options: RetryingSinkOptions,
  ) {
    this.name = sink.name;
    if (sink.rate !== undefined) this.rate = sink.rate;
    this.#runtime = options.runtime;
    this.#baseDelayMs = options.baseDelayMs ?? 200;
    this.#maxDelayMs = options.maxDelayMs ?? 30_000;
    this.#maxAttempts = options.maxAttempts ?? 5;
  }

  get cadenceMs(): number | undefined {
    return this.sink.cadenceMs;
  }

  async send(records: readonly SpoolRecord[]): Promise<readonly RecordOutcome[]> {
    const outcomes = new Map<SpoolRecord, RecordOutcome>();
    let open = records;
    for (let attempt = 1; open.length > 0 && this.#closing === undefined; attempt++) {
      const results = await this.#attempt(open);
      for (const [i, record] of open.entries()) {
        outcomes.set(record, results[i] ?? retryable(`${this.name} gave no outcome`));
      }
      open = open.filter((record) => outcomes.get(record)?.status === 'retryable');
      if (attempt >= this.#maxAttempts) break;
      if (open.length > 0) await this.#backOff(attempt);
    }
    return records.map((record) => outcomes.get(record) ?? retryable(`the sink ${this.name} is closed`));
  }

  /** Ends waits as well, so that the next attempt follows at once. */
  async flush(): Promise<void> {
    this.#wakeAll();
    await this.sink.flush?.();
  }

  close(): Promise<void> {
    this.#closing ??= this.sink.close();
    this.#wakeAll();
    return this.#closing;
  }

  async #attempt(records: readonly SpoolRecord[]): Promise<readonly RecordOutcome[]> {
    try {
      return await this.sink.send(records);
    } catch (error) {
      const why = messageOf(error);
      return records.map(() => retryable(`${this.name} failed: ${why}`));
    }
  }

  #backOff(attempt: number): Promise<void> {
    if (this.#closing !== undefined) return Promise.resolve();
    const waitMs = backoffMs(attempt, {
      baseMs: this.#baseDelayMs,
      maxMs: this.#maxDelayMs,
      random: () => this.#runtime.random(),
    });
    return new Promise((resolve) => {
      const end = () => {
        timer.cancel();
        this.#wake.delete(end);
        resolve();
      };
      const timer = this.#runtime.after(waitMs, end);
      this.#wake.add(end);
    });
  }

  #wakeAll(): void {
    for (const end of this.#wake) end();
  }
}
