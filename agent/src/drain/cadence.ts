/**
 * When a device sends to a shared destination: once per period, at a random offset drawn at its
 * start. All devices close their minute in the same second, and a stream sized for the average
 * would throttle most of them.
 */
import { MAX_RECORD_BYTES, MAX_RECORD_EVENTS } from '../pack.ts';
import type { Runtime, Timer } from '../runtime.ts';
import type { SinkRate } from '../sinks/sink.ts';

/** Single events are sent with the next closed minute. */
export const DEFAULT_FLUSH_INTERVAL_MS = 60_000;

export class Cadence {
  readonly #runtime: Runtime;
  /** 0 <= x < 1, constant during this process. */
  readonly #share: number;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
    this.#share = runtime.random();
  }

  /** Time until this device's offset in a period. */
  waitMs(periodMs: number): number {
    const sincePhaseMs = this.#runtime.monotonic() + this.#share * periodMs;
    return periodMs - (sincePhaseMs % periodMs);
  }
}

/**
 * A batch is at most 1/8 of a second's rate, so two batches in one second exceed the rate by at most an
 * eighth.
 */
const BATCHES_A_SECOND = 8;

/**
 * Keeps a backlog below the rate of the destination. There are no bursts: a batch is sent once the
 * time of the earlier ones has passed, so each second has at most the rate plus one batch.
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

  /** Maximum size of one backlog batch. */
  get maxBatchBytes(): number {
    return this.#rate === undefined ? Number.POSITIVE_INFINITY : this.#rate.bytesPerSecond / BATCHES_A_SECOND;
  }

  /** 0 if a batch may be sent now. */
  waitMs(): number {
    return Math.max(0, this.#nextMs - this.#runtime.monotonic());
  }

  /** Counts a sent batch, live batches included. */
  spend(events: number, bytes: number): void {
    if (this.#rate === undefined) return;
    const records = Math.max(1, Math.ceil(bytes / MAX_RECORD_BYTES), Math.ceil(events / MAX_RECORD_EVENTS));
    const seconds = Math.max(bytes / this.#rate.bytesPerSecond, records / this.#rate.recordsPerSecond);
    this.#nextMs = Math.max(this.#nextMs, this.#runtime.monotonic()) + seconds * 1000;
  }
}

/** Calls push() at the earliest requested time. */
export class PushTimer {
  #pending: { readonly timer: Timer; readonly dueMs: number } | null = null;

  constructor(
    private readonly runtime: Runtime,
    private readonly push: () => void,
  ) {}

  /** Calls push() within this time. */
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
