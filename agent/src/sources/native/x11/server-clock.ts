/**
 * From the X server's clock to ours, for events that are read late.
 *
 * Invariants:
 *  1. The smallest difference of the clocks that was seen is the one nearest the truth: the rest is waiting.
 *  2. Only differences of the last two windows count, so clocks may drift apart.
 *  3. A time is never in the future, and never further back than reading can have been late.
 */
import type { Runtime } from '../../../runtime.ts';

/** Two clocks of computers drift apart by less than 0.1 ms a second: by 60 ms in a window. */
const WINDOW_MS = 600_000;
/** Longer ago than that no event waited: one of the clocks jumped or stood still. */
const LATEST_MS = 5000;

export class ServerClock {
  readonly #runtime: Pick<Runtime, 'monotonic'>;
  #nowMs = 0;
  #serverMs = 0;
  /** The server's clock without its wrap at 2^32 ms (50 days). */
  #unwrappedMs = 0;
  #windowSinceMs = Number.NEGATIVE_INFINITY;
  #difference = 0;
  #differenceBefore = 0;
  #eventMs = 0;

  constructor(runtime: Pick<Runtime, 'monotonic'>) {
    this.#runtime = runtime;
  }

  /** Events that are told from now on were read now. */
  readNow(): void {
    this.#nowMs = this.#runtime.monotonic();
  }

  /** The event that is told now. */
  follow(serverMs: number): void {
    this.#unwrappedMs += (serverMs - this.#serverMs) | 0;
    this.#serverMs = serverMs;
    const difference = this.#nowMs - this.#unwrappedMs;
    const windowMs = this.#nowMs - this.#windowSinceMs;
    if (windowMs >= WINDOW_MS) {
      // After a silence of a whole window there is no window before.
      this.#differenceBefore = windowMs >= 2 * WINDOW_MS ? difference : this.#difference;
      this.#difference = difference;
      this.#windowSinceMs = this.#nowMs;
    }
    if (difference < this.#difference) this.#difference = difference;
    this.#eventMs = this.#unwrappedMs + Math.min(this.#difference, this.#differenceBefore);
    if (this.#nowMs - this.#eventMs > LATEST_MS) {
      this.#difference = difference;
      this.#differenceBefore = difference;
      this.#eventMs = this.#nowMs;
    }
  }

  /** When that event happened, on our clock. */
  monotonic(): number {
    return this.#eventMs;
  }
}
