/** A Runtime of simulated time: clocks go where they are told, timers fire on the way, chance comes from a seed. */
import type { Runtime, Timer } from '@kinetrack/agent';
import { type Random, randomOf, uuidOf } from './random.ts';
import { utcOffsetMinOf } from './zones.ts';

export interface SimulatedRuntimeOptions {
  /** Identities and chance follow from it. */
  readonly key: readonly (string | number)[];
  readonly timeZone: string;
  /** Where both clocks begin. */
  readonly epochMs: number;
}

interface Scheduled {
  atMs: number;
  readonly everyMs: number | null;
  readonly call: () => void;
}

/** Zones change their offsets at whole quarters of an hour of UTC. */
const OFFSET_HOLDS_MS = 900_000;

export class SimulatedRuntime implements Runtime {
  readonly #key: SimulatedRuntimeOptions['key'];
  readonly #random: Random;
  #timeZone: string;
  #wallMs: number;
  #monotonicMs: number;
  #identities = 0;
  #scheduled: Scheduled[] = [];
  /** When the next timer is due, monotonic. */
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
    this.#identities += 1;
    return uuidOf(...this.#key, 'runtime', this.#identities);
  };
  random = (): number => this.#random.next();
  timeZone = (): string => this.#timeZone;

  utcOffsetMin = (epochMs: number): number => {
    const quarter = Math.floor(epochMs / OFFSET_HOLDS_MS);
    if (quarter !== this.#offset.quarter) {
      this.#offset = { quarter, utcOffsetMin: utcOffsetMinOf(this.#timeZone, epochMs) };
    }
    return this.#offset.utcOffsetMin;
  };

  moveTo(timeZone: string): void {
    this.#timeZone = timeZone;
    this.#offset = { quarter: Number.NaN, utcOffsetMin: 0 };
  }

  /** Both clocks run up to that moment, and what is due before is called at its own; never back. */
  passTo(epochMs: number): void {
    const endMs = this.#monotonicMs + Math.max(0, epochMs - this.#wallMs);
    while (this.#nextMs <= endMs) this.#callNext();
    this.#advanceTo(endMs);
  }

  /** The machine sleeps up to that moment: the wall clock runs on, the monotonic clock and timers stand still. */
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
