/**
 * From monotonic time to UTC, for as long as both clocks run together.
 *
 * Invariants:
 *  1. Within one stretch later is later, and a second is a second, slewed by 5 % at most.
 *  2. A stretch ends when the clocks part: the machine slept, somebody set the clock, or the process stood still.
 *     Its last moment is the last check at which they agreed: what lies between is not known.
 *
 * On Linux the monotonic clock stands still during sleep, on Windows it runs on: hence two signs of a gap.
 * This is the only place that judges gaps: samples, presence and events agree on what was observed.
 */
import type { Runtime } from '../runtime.ts';

/** NTP steps clocks that are off by less only by slewing; more than this is a set clock or a sleep. */
const MAX_DIVERGENCE_MS = 2000;
/**
 * Checks come every second, on a loaded machine up to two seconds late. After a longer stall, input that waited in a
 * pipe is timed by its arrival: the stall would be recorded as silence, and as an idle once it exceeds the default
 * threshold of 5 s. A gap that was none costs these seconds; an idle that was none is a false statement.
 */
const MAX_STALL_MS = 6000;
const SLEW_RATE = 0.05;

export interface Gap {
  /** `slept`: time passed unseen. `clock_set`: the wall clock went back. */
  readonly cause: 'slept' | 'clock_set';
  /** The last moment before it, UTC by the old reading. */
  readonly fromMs: number;
  /** The first moment after it, UTC by the new reading. */
  readonly toMs: number;
}

export class ObservedClock {
  readonly #runtime: Runtime;
  #startMs: number;
  /** The last check at which the clocks agreed. */
  #monotonicMs: number;
  #wallMs: number;
  /** The same of the stretch before. */
  #before: { readonly monotonicMs: number; readonly wallMs: number };

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
    this.#monotonicMs = runtime.monotonic();
    this.#wallMs = runtime.now();
    this.#startMs = this.#monotonicMs;
    this.#before = { monotonicMs: this.#monotonicMs, wallMs: this.#wallMs };
  }

  /** Start of the stretch, monotonic. */
  get startMs(): number {
    return this.#startMs;
  }

  /** Whether a monotonic moment lies in this stretch. */
  covers(atMs: number): boolean {
    return atMs >= this.#startMs;
  }

  /** UTC, as this clock has it. */
  nowMs(): number {
    return this.toWall(this.#runtime.monotonic());
  }

  /** UTC of a monotonic moment; of one before the stretch by the clocks of the stretch before, as far as that went. */
  toWall(atMs: number): number {
    if (atMs >= this.#startMs) return this.#wallMs + (atMs - this.#monotonicMs);
    const { monotonicMs, wallMs } = this.#before;
    return wallMs + Math.min(0, atMs - monotonicMs);
  }

  /** Compares the clocks; where they parted, begins a new stretch and says what lies between. */
  check(): Gap | null {
    const monotonicMs = this.#runtime.monotonic();
    const nowMs = this.#runtime.now();
    const elapsedMs = monotonicMs - this.#monotonicMs;
    const expectedMs = this.#wallMs + elapsedMs;
    const divergenceMs = nowMs - expectedMs;
    if (Math.abs(divergenceMs) <= MAX_DIVERGENCE_MS && elapsedMs <= MAX_STALL_MS) {
      const slewMs = Math.max(-elapsedMs * SLEW_RATE, Math.min(elapsedMs * SLEW_RATE, divergenceMs));
      this.#monotonicMs = monotonicMs;
      this.#wallMs = expectedMs + slewMs;
      return null;
    }
    const cause = divergenceMs < -MAX_DIVERGENCE_MS ? 'clock_set' : 'slept';
    const gap: Gap = { cause, fromMs: this.#wallMs, toMs: nowMs };
    this.#before = { monotonicMs: this.#monotonicMs, wallMs: this.#wallMs };
    this.#startMs = monotonicMs;
    this.#monotonicMs = monotonicMs;
    this.#wallMs = nowMs;
    return gap;
  }
}
