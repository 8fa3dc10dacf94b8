/** A Runtime with simulated time and seeded randomness. passTo() runs the timers that become due. */
import type { Runtime, Timer } from '@kinetrack/agent';
import { utcOffsetMinOf } from './calendar.ts';
import { type Random, randomOf, uuidOf } from './random.ts';

export interface SimulatedRuntimeOptions {
  /** Seed of UUIDs and random numbers. */
  readonly key: readonly (string | number)[];
  readonly timeZone: string;
  /** Initial time of both clocks. */
  readonly epochMs: number;
}

interface Scheduled {
  atMs: number;
  readonly everyMs: number | null;
  readonly call: () => void;
}

/** UTC offsets only change at quarters of an hour. */
const OFFSET_STEP_MS = 900_000;

export class SimulatedRuntime implements Runtime {
  readonly #key: SimulatedRuntimeOptions['key'];
  readonly #random: Random;
  #timeZone: string;
  #wallMs: number;
  #monotonicMs: number;
  #uuids = 0;
  #scheduled: Scheduled[] = [];
  /** Monotonic time of the next timer. */
  #nextMs = Number.POSITIVE_INFINITY;
  #offset = { quarter: Number.NaN, utcOffsetMin: 0 };

  constructor({ key, timeZone, epochMs }: SimulatedRuntimeOptions) {
    this.#key = key;
    this.#random = randomOf(...key, 'runtime');
    this.#timeZone = timeZone;
    this.#wallMs = epochMs;
    this.#monotonicMs = epochMs;
  }

  now = (): number => this.#wallMs;
  monotonic = (): number => this.#monotonicMs;
  after = (delayMs: number, call: () => void): Timer => this.#schedule(delayMs, null, call);
  every = (intervalMs: number, call: () => void): Timer => this.#schedule(intervalMs, intervalMs, call);
  uuid = (): string => {
    this.#uuids += 1;
    return uuidOf(...this.#key, 'runtime', this.#uuids);
  };
  random = (): number => this.#random.next();
  timeZone = (): string => this.#timeZone;

  utcOffsetMin = (epochMs: number): number => {
    const quarter = Math.floor(epochMs / OFFSET_STEP_MS);
    if (quarter !== this.#offset.quarter) {
      this.#offset = { quarter, utcOffsetMin: utcOffsetMinOf(this.#timeZone, epochMs) };
    }
    return this.#offset.utcOffsetMin;
  };

  moveTo(timeZone: string): void {
    this.#timeZone = timeZone;
    this.#offset = { quarter: Number.NaN, utcOffsetMin: 0 };
  }

  /** Advances both clocks and calls due timers at their times. Never goes back. */
  passTo(epochMs: number): void {
    const endMs = this.#monotonicMs + Math.max(0, epochMs - this.#wallMs);
    while (this.#nextMs <= endMs) this.#callNext();
    this.#advanceTo(endMs);
  }

  /** Simulates sleep: only the wall clock advances. The monotonic clock and timers stop. */
  sleepTo(epochMs: number): void {
    this.#wallMs = Math.max(this.#wallMs, epochMs);
  }

  #advanceTo(atMs: number): void {
    this.#wallMs += atMs - this.#monotonicMs;
    this.#monotonicMs = atMs;
  }

  #callNext(): void {
    const next = this.#scheduled.find(({ atMs }) => atMs === this.#nextMs);
    if (next === undefined) return;
    this.#advanceTo(next.atMs);
    if (next.everyMs === null) this.#cancel(next);
    else next.atMs += next.everyMs;
    this.#findNext();
    next.call();
  }

  #schedule(delayMs: number, everyMs: number | null, call: () => void): Timer {
    const scheduled: Scheduled = { atMs: this.#monotonicMs + delayMs, everyMs, call };
    this.#scheduled.push(scheduled);
    this.#findNext();
    return { cancel: () => this.#cancel(scheduled) };
  }

  #cancel(scheduled: Scheduled): void {
    this.#scheduled = this.#scheduled.filter((each) => each !== scheduled);
    this.#findNext();
  }

  #findNext(): void {
    let nextMs = Number.POSITIVE_INFINITY;
    for (const { atMs } of this.#scheduled) if (atMs < nextMs) nextMs = atMs;
    this.#nextMs = nextMs;
  }
}
