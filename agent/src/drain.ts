/**
 * Empties the spool into the sink.
 *
 * Invariants:
 *  1. A record leaves the spool only by its id, and only once the sink has delivered or refused it.
 *  2. No record is in two sends at once: reading goes on behind the last one read, and starts again from the
 *     oldest only when nothing is in flight.
 *  3. At most MAX_IN_FLIGHT batches are in memory.
 *  4. After a failure nothing is sent until a growing, random delay is over, or somebody flushes.
 */
import type { ActivityEvent } from '@kinetrack/schema';
import { type Logger, messageOf } from './logger.ts';
import type { Runtime, Timer } from './runtime.ts';
import type { RecordOutcome, Sink } from './sinks/sink.ts';
import type { Spool, SpoolRecord } from './spool/spool.ts';

export interface DrainOptions {
  readonly spool: Spool;
  readonly sink: Sink;
  readonly runtime: Runtime;
  readonly logger: Logger;
  readonly maxBatchRecords: number;
  readonly maxBatchBytes: number;
  readonly flushIntervalMs: number;
  readonly onDelivered: (count: number) => void;
  readonly onError: (error: unknown) => void;
}

/** `pending`: what is left stays in the spool and is tried again. */
export type FlushResult =
  | { readonly status: 'delivered' }
  | { readonly status: 'pending'; readonly records: number; readonly reason: string };

/** One full Kinesis record: waiting longer would only add records. */
const FULL_RECORDS = 200;
const FULL_BYTES = 25_000;
const MAX_IN_FLIGHT = 8;
const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 60_000;

export class Drain {
  readonly #options: DrainOptions;
  /** Everything up to here was read since the last start from the oldest. */
  #readUpTo = 0;
  #inFlight = 0;
  #reading: Promise<void> | null = null;
  #isAskedAgain: boolean = false;
  #isStopped: boolean = false;
  /** Why a batch could not be delivered, until the next attempt. */
  #failure: string | null = null;
  #failuresInARow = 0;
  #retryTimer: Timer | null = null;
  #flushTimer: Timer | null = null;
  #newRecords = 0;
  #newBytes = 0;
  #delivered = 0;
  readonly #rejected: Record<string, number> = {};
  #steps = 0;
  #onStep: (() => void)[] = [];

  constructor(options: DrainOptions) {
    this.#options = options;
  }

  /** Decides whether what the spool has accepted goes out now or waits for company. */
  accepted(events: readonly ActivityEvent[], bytes: number): void {
    this.#newRecords += events.length;
    this.#newBytes += bytes;
    const isFull = this.#newRecords >= FULL_RECORDS || this.#newBytes >= FULL_BYTES;
    // A closed minute is what dashboards wait for.
    if (isFull || events.some((event) => event.activity_type === 'sample')) {
      this.push();
    } else if (!this.#isStopped) {
      this.#flushTimer ??= this.#options.runtime.after(this.#options.flushIntervalMs, () => this.push());
    }
  }

  /** Sends what is there, without waiting for it. */
  push(): void {
    this.#newRecords = 0;
    this.#newBytes = 0;
    this.#flushTimer?.cancel();
    this.#flushTimer = null;
    void this.#read();
  }

  /** Resolves once everything accepted before is delivered or refused, or after a first failure. */
  async flush(): Promise<FlushResult> {
    const { spool, sink } = this.#options;
    const target = spool.lastSeq;
    if (this.#retryTimer !== null) this.#tryAgain();
    for (;;) {
      const seen = this.#steps;
      await this.#read();
      await sink.flush?.().catch((error: unknown) => this.#report('the sink could not be flushed', error));
      const oldest = (await spool.read({ maxRecords: 1, maxBytes: 1 }))[0];
      if (oldest === undefined || oldest.id > target) return { status: 'delivered' };
      const reason = this.#isStopped ? 'closed' : this.#retryTimer === null ? null : this.#failure;
      if (reason !== null) return { status: 'pending', records: spool.status().pendingRecords, reason };
      await this.#stepAfter(seen);
    }
  }

  /** Begins no further send; resolves once those under way have come back. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#retryTimer?.cancel();
    this.#flushTimer?.cancel();
    this.#step();
    await this.#reading;
    while (this.#inFlight > 0) await this.#stepAfter(this.#steps);
  }

  counts(): { readonly delivered: number; readonly rejected: Readonly<Record<string, number>> } {
    return { delivered: this.#delivered, rejected: { ...this.#rejected } };
  }

  /** Sends batches until there is nothing to send or no place for more; resolves then, not when they have arrived. */
  #read(): Promise<void> {
    this.#isAskedAgain = true;
    this.#reading ??= this.#readAll();
    return this.#reading;
  }

  async #readAll(): Promise<void> {
    // Only once #reading is set may it be taken back.
    await Promise.resolve();
    try {
      while (this.#isAskedAgain && this.#maySend()) {
        // Whoever asks during the last read may have come too late for it.
        this.#isAskedAgain = false;
        if (await this.#sendNext()) this.#isAskedAgain = true;
      }
    } catch (error) {
      this.#fail('the spool could not be read', error);
      this.#step();
    } finally {
      // In the same turn as the last look at #isAskedAgain: nobody can ask in between and be forgotten.
      this.#reading = null;
    }
  }

  #maySend(): boolean {
    return (
      !this.#isStopped &&
      this.#failure === null &&
      this.#retryTimer === null &&
      this.#inFlight < MAX_IN_FLIGHT
    );
  }

  async #sendNext(): Promise<boolean> {
    const { spool, maxBatchRecords, maxBatchBytes } = this.#options;
    const afterId = this.#readUpTo;
    const records = await spool.read({
      afterId,
      maxRecords: maxBatchRecords,
      maxBytes: maxBatchBytes,
    });
    // Meanwhile a batch may have failed, and reading begun anew: these would be sent twice, or the oldest left out.
    if (afterId !== this.#readUpTo) return true;
    const last = records.at(-1);
    if (last === undefined || !this.#maySend()) return false;
    this.#readUpTo = last.id;
    this.#inFlight += 1;
    void this.#deliver(records);
    return true;
  }

  async #deliver(records: readonly SpoolRecord[]): Promise<void> {
    try {
      await this.#settle(records, await this.#outcomes(records));
    } catch (error) {
      // Delivered, but not forgotten: they go out again, and the rollup drops the second copy.
      this.#fail('the spool could not take acknowledgements', error);
    }
    this.#inFlight -= 1;
    if (this.#failure === null) this.#failuresInARow = 0;
    else if (this.#inFlight === 0) this.#retryLater();
    this.#step();
    await this.#read();
  }

  async #outcomes(records: readonly SpoolRecord[]): Promise<readonly RecordOutcome[]> {
    try {
      return await this.#options.sink.send(records);
    } catch (error) {
      return records.map(() => ({ status: 'retryable', reason: messageOf(error) }));
    }
  }

  async #settle(records: readonly SpoolRecord[], outcomes: readonly RecordOutcome[]): Promise<void> {
    const settled: number[] = [];
    const rejected: string[] = [];
    let delivered = 0;
    for (const [index, { id }] of records.entries()) {
      // An outcome that is missing says nothing: the record is kept.
      const outcome = outcomes[index] ?? { status: 'retryable', reason: 'the sink gave no outcome' };
      if (outcome.status === 'retryable') {
        // Batches in flight fail together: the first one tells why, the others add nothing.
        if (this.#failure === null) this.#report('records could not be delivered yet', outcome.reason);
        this.#failure = outcome.reason;
        continue;
      }
      settled.push(id);
      if (outcome.status === 'delivered') delivered += 1;
      else rejected.push(outcome.reason);
    }
    if (settled.length === 0) return;
    await this.#options.spool.ack(settled);
    for (const reason of rejected) this.#rejected[reason] = (this.#rejected[reason] ?? 0) + 1;
    this.#delivered += delivered;
    if (rejected.length > 0) {
      this.#options.logger.error('the sink refused records', { records: rejected.length });
    }
    if (delivered > 0) this.#options.onDelivered(delivered);
  }

  #fail(what: string, error: unknown): void {
    if (this.#isStopped) return;
    this.#failure = messageOf(error);
    this.#report(what, error);
    if (this.#inFlight === 0) this.#retryLater();
  }

  #retryLater(): void {
    if (this.#isStopped || this.#retryTimer !== null) return;
    const { runtime, logger } = this.#options;
    const limitMs = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** this.#failuresInARow);
    const delayMs = limitMs / 2 + (runtime.random() * limitMs) / 2;
    this.#failuresInARow += 1;
    this.#readUpTo = 0;
    logger.warn('delivery will be tried again', { in_ms: Math.round(delayMs) });
    this.#retryTimer = runtime.after(delayMs, () => {
      this.#tryAgain();
      this.push();
    });
  }

  #tryAgain(): void {
    this.#retryTimer?.cancel();
    this.#retryTimer = null;
    this.#failure = null;
  }

  #report(what: string, error: unknown): void {
    this.#options.logger.error(what, { error: messageOf(error) });
    this.#options.onError(error);
  }

  #step(): void {
    this.#steps += 1;
    for (const resolve of this.#onStep.splice(0)) resolve();
  }

  #stepAfter(seen: number): Promise<void> {
    if (this.#steps !== seen) return Promise.resolve();
    return new Promise((resolve) => this.#onStep.push(resolve));
  }
}
