/**
 * When a device sends to a place that many devices share: once in a period, at a moment of its own that it draws at its
 * start. All of them close their minute in the same second, and a stream sized for the average would refuse most of them.
 */
import { MAX_RECORD_BYTES, MAX_RECORD_EVENTS } from '../pack.ts';
import type { Runtime, Timer } from '../runtime.ts';
import type { SinkRate } from '../sinks/sink.ts';

/** Quiet events leave with the next closed minute. */
export const DEFAULT_FLUSH_INTERVAL_MS = 60_000;

export class Cadence {
  readonly #runtime: Runtime;
  /** 0 <= x < 1, for as long as this process runs. */
  readonly #share: number;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
    this.#share = runtime.random();
  }

  /** From now until its moment in a period of so many ms. */
  waitMs(periodMs: number): number {
    const sincePhaseMs = this.#runtime.monotonic() + this.#share * periodMs;
    return periodMs - (sincePhaseMs % periodMs);
  }
}

/** A batch takes at most this part of a second: two in one second then stay within an eighth above the rate. */
const BATCHES_A_SECOND = 8;

/**
 * Keeps a backlog below what the destination takes. No bursts: a batch goes once the ones before it have had their
 * time, so that any second holds the rate and at most one batch more.
 */
export class Pace {
  readonly #runtime: Runtime;
  readonly #rate: SinkRate | undefined;
  /** Monotonic: when the next batch may go. */
  #nextMs = Number.NEGATIVE_INFINITY;

  constructor(runtime: Runtime, rate: SinkRate | undefined) {
    this.#runtime = runtime;
    this.#rate = rate;
  }

  /** What one batch of the backlog may hold. */
  get maxBatchBytes(): number {
    return this.#rate === undefined ? Number.POSITIVE_INFINITY : this.#rate.bytesPerSecond / BATCHES_A_SECOND;
  }

  /** 0 where a batch may go now. */
  waitMs(): number {
    return Math.max(0, this.#nextMs - this.#runtime.monotonic());
  }

  /** Counts what is sent, whether it waited for its turn or not. */
  spend(events: number, bytes: number): void {
    if (this.#rate === undefined) return;
    const records = Math.max(1, Math.ceil(bytes / MAX_RECORD_BYTES), Math.ceil(events / MAX_RECORD_EVENTS));
    const seconds = Math.max(bytes / this.#rate.bytesPerSecond, records / this.#rate.recordsPerSecond);
    this.#nextMs = Math.max(this.#nextMs, this.#runtime.monotonic()) + seconds * 1000;
  }
}

/** Calls push() at the earliest moment that was asked for. */
export class PushTimer {
  #pending: { readonly timer: Timer; readonly dueMs: number } | null = null;

  constructor(
    private readonly runtime: Runtime,
    private readonly push: () => void,
  ) {}

  /** Calls at the latest after so many ms. */
  within(delayMs: number): void {
    const dueMs = this.runtime.monotonic() + delayMs;
    if (this.#pending !== null && this.#pending.dueMs <= dueMs) return;
    this.cancel();
    this.#pending = { timer: this.runtime.after(delayMs, this.push), dueMs };
  }

  cancel(): void {
    this.#pending?.timer.cancel();
    this.#pending = null;
  }
}
