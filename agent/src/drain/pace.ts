/**
 * Keeps a backlog below what the destination takes. No bursts: a batch goes once the ones before it have had their
 * time, so that any second holds the rate and at most one batch more.
 */
import { MAX_RECORD_BYTES, MAX_RECORD_EVENTS } from '../pack/limits.ts';
import type { Runtime } from '../runtime.ts';
import type { SinkRate } from '../sinks/sink.ts';

/** A batch takes at most this part of a second: two in one second then stay within an eighth above the rate. */
const BATCHES_A_SECOND = 8;

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
