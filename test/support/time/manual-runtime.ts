/** A runtime whose time passes only when a test says so. */
import type { Runtime, Timer } from '../../../agent/src/runtime.ts';

interface Scheduled {
  atMs: number;
  readonly everyMs: number | null;
  readonly call: () => void;
}

export class ManualRuntime implements Runtime {
  #monotonicMs = 1000;
  #wallMs = Date.UTC(2026, 10, 20, 9, 0, 0);
  readonly #scheduled = new Set<Scheduled>();

  now = () => this.#wallMs;
  monotonic = () => this.#monotonicMs;
  after = (delayMs: number, call: () => void): Timer => this.#schedule(delayMs, null, call);
  every = (intervalMs: number, call: () => void): Timer => this.#schedule(intervalMs, intervalMs, call);
  uuid = () => '00000000-0000-4000-8000-000000000000';
  random = () => 0.5;
  utcOffsetMin = () => 0;
  timeZone = () => 'UTC';

  /** How many timers wait: none should after a close(). */
  get timers(): number {
    return this.#scheduled.size;
  }

  /** Lets time pass evenly; timers are called in their order. */
  pass(ms: number): void {
    const endMs = this.#monotonicMs + ms;
    for (let next = this.#next(endMs); next !== undefined; next = this.#next(endMs)) {
      this.#advanceTo(next.atMs);
      if (next.everyMs === null) this.#scheduled.delete(next);
      else next.atMs += next.everyMs;
      next.call();
    }
    this.#advanceTo(endMs);
  }

  /** The machine sleeps: the wall clock runs on, the monotonic clock and timers stand still, as on Linux. */
  sleep(ms: number): void {
    this.#wallMs += ms;
  }

  /** The process stands still: both clocks run on, and timers are called once afterwards. */
  stall(ms: number): void {
    this.#advanceTo(this.#monotonicMs + ms);
    for (const each of this.#scheduled) each.atMs = Math.max(each.atMs, this.#monotonicMs);
  }

  #advanceTo(atMs: number): void {
    this.#wallMs += atMs - this.#monotonicMs;
    this.#monotonicMs = atMs;
  }

  #next(endMs: number): Scheduled | undefined {
    return [...this.#scheduled]
      .filter(({ atMs }) => atMs <= endMs)
      .sort((one, other) => one.atMs - other.atMs)[0];
  }

  #schedule(delayMs: number, everyMs: number | null, call: () => void): Timer {
    const scheduled: Scheduled = { atMs: this.#monotonicMs + delayMs, everyMs, call };
    this.#scheduled.add(scheduled);
    return { cancel: () => this.#scheduled.delete(scheduled) };
  }
}

/** Lets what is already promised happen: fakes answer within a few turns of the loop. */
export const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};
