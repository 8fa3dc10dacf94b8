/**
 * Converts monotonic time to UTC while both clocks agree.
 *
 * Invariants:
 *  1. Within one stretch, order and durations are kept; slewing changes a duration by 5 % at most.
 *  2. A stretch ends when the clocks diverge: the machine slept, the clock was set, or the process
 *     stalled. It ends at the last check at which they agreed; the time until the next check is
 *     unknown.
 *
 * During sleep the monotonic clock stops on Linux and continues on Windows, so there are two signs
 * of a gap. Only this module detects gaps, so samples, presence and events agree on the observed
 * time.
 */
import type { Runtime } from '../runtime.ts';

/** NTP slews smaller differences. A larger one is a set clock or a sleep. */
const MAX_DIVERGENCE_MS = 2000;
/**
 * Checks run every second, on a loaded machine up to two seconds late. After a longer stall, input
 * that waited in a pipe has the time of its arrival: the stall would be recorded as silence, and as
 * idle above the default threshold of 5 s. A false gap loses these seconds; a false idle is a wrong
 * statement.
 */
const MAX_STALL_MS = 6000;
const SLEW_RATE = 0.05;

export interface Gap {
  /** `slept`: unobserved time passed. `clock_set`: the wall clock went back. */
  readonly cause: 'slept' | 'clock_set';
  /** Last moment before the gap, UTC by the old reading. */
  readonly fromMs: number;
  /** First moment after the gap, UTC by the new reading. */
  readonly toMs: number;
}

export class ObservedClock {
  readonly #runtime: Runtime;
  #startMs: number;
  /** The last check at which the clocks agreed. */
  #monotonicMs: number;
  #wallMs: number;
  /** The last check of the previous stretch. */
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

  /** Whether a monotonic time is in this stretch. */
  covers(atMs: number): boolean {
    return atMs >= this.#startMs;
  }

  /** Current UTC time by this clock. */
  nowMs(): number {
    return this.toWall(this.#runtime.monotonic());
  }

  /** UTC of a monotonic time. Earlier times use the clocks of the previous stretch, up to its end. */
  toWall(atMs: number): number {
    if (atMs >= this.#startMs) return this.#wallMs + (atMs - this.#monotonicMs);
    const { monotonicMs, wallMs } = this.#before;
    return wallMs + Math.min(0, atMs - monotonicMs);
  }

  /** Compares the clocks. If they diverged, starts a new stretch and returns the gap. */
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
