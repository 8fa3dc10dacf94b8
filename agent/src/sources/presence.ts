/**
 * Presence from input: when keyboard, mouse, or both together become idle and active again.
 *
 * Invariants:
 *  1. Each `start` is followed by one `end` of the same input, except for an idle that is open at close().
 *  2. Silence counts only while the clocks agree and input is captured. A sleep, a stalled process
 *     or lost capture is unknown time: an open idle ends before it, and counting restarts after it.
 */
import type { ActivityBody } from '@kinetrack/schema';
import { ObservedClock } from '../enrich/observed-clock.ts';
import { type Runtime, systemRuntime, type Timer } from '../runtime.ts';
import type { IdleSignal, InputCounts, InputSignal } from './signals.ts';
import type { Capability, Source } from './source.ts';

export interface PresenceOptions {
  /** @defaultValue the system's clock and timers */
  readonly runtime?: Runtime;
  /** Shorter silence is not idle. @defaultValue 5000 */
  readonly thresholdMs?: number;
  /** Whether input is captured now: otherwise silence means nothing. @defaultValue always */
  readonly isCapturing?: () => boolean;
  /**
   * Checks the clocks and returns the number of gaps so far. @defaultValue the gaps of an ObservedClock of
   * its own
   */
  readonly countGaps?: () => number;
}

export interface Presence extends Source<IdleSignal> {
  /** Processes a signal of the input source. */
  observe(signal: InputSignal): void;
}

type Input = ActivityBody<'idle'>['input'];

const TICK_MS = 1000;
/** Input arrives in batches, up to half a second late: silence is certain only after this time. */
const SETTLE_MS = 1000;

const IS_INPUT: Readonly<Record<Input, (counts: InputCounts) => boolean>> = {
  keyboard: ({ keys }) => keys > 0,
  mouse: ({ clicks, scrolls, distancePx }) => clicks + scrolls + distancePx > 0,
  any: () => true,
};
const INPUTS: readonly Input[] = ['keyboard', 'mouse', 'any'];

export const presence = (options: PresenceOptions = {}): Presence => new InputPresence(options);

class InputPresence implements Presence {
  readonly name = 'presence';
  readonly #runtime: Runtime;
  readonly #thresholdMs: number;
  readonly #isCapturing: () => boolean;
  readonly #silences: readonly Silence[] = INPUTS.map((input) => new Silence(input));
  #emit: (signal: IdleSignal) => void = () => {};
  #ticker: Timer | null = null;
  readonly #countGaps: () => number;
  #gaps = 0;
  /** The last check of the clocks. */
  #checkedAtMs = 0;

  constructor(options: PresenceOptions) {
    this.#runtime = options.runtime ?? systemRuntime;
    this.#thresholdMs = options.thresholdMs ?? 5000;
    this.#isCapturing = options.isCapturing ?? (() => true);
    this.#countGaps = options.countGaps ?? gapCounter(this.#runtime);
  }

  async start(emit: (signal: IdleSignal) => void): Promise<Capability> {
    this.#emit = emit;
    this.#gaps = this.#countGaps();
    this.#checkedAtMs = this.#runtime.monotonic();
    for (const silence of this.#silences) silence.restart(this.#checkedAtMs);
    this.#ticker = this.#runtime.every(TICK_MS, () => this.#tick());
    return this.capability();
  }

  capability(): Capability {
    return { status: 'available' };
  }

  async close(): Promise<void> {
    this.#ticker?.cancel();
    this.#ticker = null;
  }

  observe({ counts }: InputSignal): void {
    if (this.#ticker === null) return;
    // The first input after a sleep may arrive before the first tick.
    this.#checkForGap();
    for (const interval of counts) {
      for (const silence of this.#silences) {
        if (IS_INPUT[silence.input](interval)) this.#report(silence.breakAt(interval.atMs));
      }
    }
  }

  #tick(): void {
    this.#checkForGap();
    const settledMs = this.#checkedAtMs - SETTLE_MS;
    for (const silence of this.#silences) this.#report(silence.passed(settledMs, this.#thresholdMs));
  }

  #checkForGap(): void {
    const atMs = this.#runtime.monotonic();
    const gaps = this.#countGaps();
    if (gaps !== this.#gaps || !this.#isCapturing()) {
      for (const silence of this.#silences) {
        this.#report(silence.breakAt(this.#checkedAtMs));
        silence.restart(atMs);
      }
    }
    this.#gaps = gaps;
    this.#checkedAtMs = atMs;
  }

  #report(signal: IdleSignal | null): void {
    if (signal !== null) this.#emit(signal);
  }
}

function gapCounter(runtime: Runtime): () => number {
  let clock: ObservedClock | null = null;
  let gaps = 0;
  return () => {
    clock ??= new ObservedClock(runtime);
    if (clock.check() !== null) gaps += 1;
    return gaps;
  };
}

/** The silence of one kind of input. */
class Silence {
  readonly input: Input;
  #sinceMs = 0;
  #isIdle: boolean = false;

  constructor(input: Input) {
    this.input = input;
  }

  restart(atMs: number): void {
    this.#sinceMs = atMs;
    this.#isIdle = false;
  }

  /** Input at this time: ends an idle, if there was one. */
  breakAt(atMs: number): IdleSignal | null {
    const signal = this.#isIdle ? this.#signal('end', atMs, atMs - this.#sinceMs) : null;
    // Input may arrive late, before an input that is already known.
    if (atMs > this.#sinceMs || this.#isIdle) this.restart(Math.max(atMs, this.#sinceMs));
    return signal;
  }

  /** Silent up to this time: starts an idle at the threshold. */
  passed(atMs: number, thresholdMs: number): IdleSignal | null {
    if (this.#isIdle || atMs - this.#sinceMs < thresholdMs) return null;
    this.#isIdle = true;
    return this.#signal('start', this.#sinceMs, thresholdMs);
  }

  #signal(phase: 'start' | 'end', atMs: number, durationMs: number): IdleSignal {
    const duration_s = Math.max(0, durationMs) / 1000;
    return { atMs, body: { activity_type: 'idle', phase, input: this.input, duration_s } };
  }
}
