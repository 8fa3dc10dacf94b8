/**
 * When a device sends to a place that many devices share: once in a period, at a moment of its own that it draws at its
 * start. All of them close their minute in the same second, and a stream sized for the average would refuse most of them.
 */
import type { Runtime } from '../runtime.ts';

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
