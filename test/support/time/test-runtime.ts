/** The runtime of tests and benchmarks: time passes only on request, identities are the same in every run. */
import type { Runtime, Timer } from '@kinetrack/agent';

export interface TestRuntimeOptions {
  /** Wall clock at the start, ms since 1970. @defaultValue 2026-11-20T09:00:00Z */
  readonly startMs?: number;
  /** IANA name; the offset follows the rules of the zone. @defaultValue Europe/Berlin, always at +01:00 */
  readonly timeZone?: string;
}

interface Scheduled {
  atMs: number;
  readonly everyMs: number | null;
  readonly call: () => void;
  isCancelled: boolean;
}

const MONOTONIC_START_MS = 1000;
const STEP_MS = 500;

export class TestRuntime implements Runtime {
  /** Wall clock minus elapsed time. */
  #wallStartMs: number;
  #elapsedMs = 0;
  #uuids = 0;
  #timeZone: string;
  #offsetAt: (epochMs: number) => number;
  /** In order of creation. Cancelled timers stay until the next call is due. */
  #scheduled: Scheduled[] = [];
  /** When the next call is due: while time passes up to it, nothing is sorted or allocated. */
  #nextMs = Number.POSITIVE_INFINITY;

  constructor({ startMs = Date.UTC(2026, 10, 20, 9), timeZone }: TestRuntimeOptions = {}) {
    this.#wallStartMs = startMs;
    this.#timeZone = timeZone ?? 'Europe/Berlin';
    this.#offsetAt = timeZone === undefined ? () => 60 : offsetsOf(timeZone);
  }

  now = (): number => this.#wallStartMs + this.#elapsedMs;
  monotonic = (): number => MONOTONIC_START_MS + this.#elapsedMs;
  after = (delayMs: number, call: () => void): Timer => this.#schedule(delayMs, null, call);
  every = (intervalMs: number, call: () => void): Timer => this.#schedule(intervalMs, intervalMs, call);
  random = (): number => 0.5;
  utcOffsetMin = (epochMs: number): number => this.#offsetAt(epochMs);
  timeZone = (): string => this.#timeZone;
  uuid = (): string => {
    this.#uuids += 1;
    return `${this.#uuids.toString(16).padStart(8, '0')}-0000-4000-8000-000000000000`;
  };

  /** Number of pending timers. */
  get timers(): number {
    return this.#scheduled.filter(({ isCancelled }) => !isCancelled).length;
  }

  /** Both clocks advance by `ms`. Timers fire in order, each at its own time. */
  pass(ms: number): void {
    this.passTo(this.#elapsedMs + ms);
  }

  /** Both clocks advance to `elapsedMs` after the start. Timers fire in order, each at its own time. */
  passTo(elapsedMs: number): void {
    while (this.#nextMs <= elapsedMs) {
      this.#elapsedMs = Math.max(this.#elapsedMs, this.#nextMs);
      this.#callDue();
    }
    this.#elapsedMs = Math.max(this.#elapsedMs, elapsedMs);
  }

  /** Time passes in small steps; promises settle after each. */
  async advance(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= STEP_MS) {
      this.pass(Math.min(left, STEP_MS));
      await settle();
    }
  }

  /** Time passes until `promise` is settled, even if it waits for a real disk. */
  async advanceUntil<T>(promise: Promise<T>): Promise<T> {
    let isDone: boolean = false;
    const done = promise.finally(() => {
      isDone = true;
    });
    while (!isDone) await Promise.race([done, this.advance(STEP_MS)]);
    return await done;
  }

  /** The machine sleeps, as on Linux: the wall clock advances, the monotonic clock and the timers stop. */
  sleep(ms: number): void {
    this.shiftWallClock(ms);
  }

  /** The wall clock is set; the monotonic clock and the timers are not affected. */
  shiftWallClock(ms: number): void {
    this.#wallStartMs += ms;
  }

  /** The process is suspended: both clocks advance; overdue timers fire once, at the next pass. */
  stall(ms: number): void {
    this.#elapsedMs += ms;
    for (const each of this.#scheduled) each.atMs = Math.max(each.atMs, this.#elapsedMs);
    this.#nextMs = Math.max(this.#nextMs, this.#elapsedMs);
  }

  moveTo(timeZone: string, utcOffsetMin: number): void {
    this.#timeZone = timeZone;
    this.#offsetAt = () => utcOffsetMin;
  }

  #callDue(): void {
    const due = this.#scheduled.filter(({ atMs, isCancelled }) => !isCancelled && atMs <= this.#elapsedMs);
    for (const each of due) {
      // An earlier call may have cancelled this one.
      if (each.isCancelled) continue;
      if (each.everyMs === null) each.isCancelled = true;
      else each.atMs += each.everyMs;
      each.call();
    }
    this.#scheduled = this.#scheduled.filter(({ isCancelled }) => !isCancelled);
    this.#nextMs = this.#scheduled.reduce(
      (least, { atMs }) => Math.min(least, atMs),
      Number.POSITIVE_INFINITY,
    );
  }

  #schedule(delayMs: number, everyMs: number | null, call: () => void): Timer {
    const scheduled: Scheduled = { atMs: this.#elapsedMs + delayMs, everyMs, call, isCancelled: false };
    this.#scheduled.push(scheduled);
    this.#nextMs = Math.min(this.#nextMs, scheduled.atMs);
    return {
      cancel: () => {
        scheduled.isCancelled = true;
      },
    };
  }
}

/** Lets promises settle: fakes answer within a few turns of the event loop. */
export const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};

/** Offsets of a zone by its rules, in minutes. */
function offsetsOf(timeZone: string): (epochMs: number) => number {
  const format = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' });
  return (epochMs) => {
    const name = format.formatToParts(epochMs).find(({ type }) => type === 'timeZoneName')?.value ?? '';
    // `GMT+02:00`, `GMT-09:30`; `GMT` alone is zero.
    const [, sign = '+', hours = '0', minutes = '0'] = /GMT(?:([+-])(\d\d):(\d\d))?/.exec(name) ?? [];
    return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
  };
}
