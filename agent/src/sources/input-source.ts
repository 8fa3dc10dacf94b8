/**
 * Keyboard and mouse as counts and classes, from a capture process that may crash without the agent.
 *
 * Invariants:
 *  1. Only data that passed the strict schema of input-schema.ts is emitted.
 *  2. At most one capture process runs. A dead process is replaced: twice at once, then after a growing
 *     delay.
 *  3. After several deaths in a row, the capability has the reason, while restarts continue.
 */
import { backoffMs, TRACKER_DEFAULTS } from '@kinetrack/schema';
import { type Runtime, systemRuntime, type Timer } from '../runtime.ts';
import { type DisplaySession, displayProblem } from './native/display.ts';
import { type ForkTarget, inputEntry } from './native/input-entry.ts';
import { InputProcess, inputProblem, type ProcessEnd } from './native/input-process.ts';
import type { InputBatch } from './native/input-schema.ts';
import type { InputSignal } from './signals.ts';
import type { Capability, Source } from './source.ts';

export interface InputSourceOptions {
  /** @defaultValue the system's clock and timers */
  readonly runtime?: Runtime;
  /**
   * `events` emits single events and counts; with `counts`, no single event leaves the capture process.
   * @defaultValue `events`
   */
  readonly detail?: 'events' | 'counts';
  /** Minimum time between two `mouse_move` events. @defaultValue that of the tracker's option */
  readonly mouseMoveIntervalMs?: number;
  /** The session to capture: DISPLAY etc. @defaultValue this process's platform and environment */
  readonly session?: DisplaySession;
  /** The program of the capture process. @defaultValue the one of this package */
  readonly entry?: ForkTarget;
}

export interface InputSource extends Source<InputSignal> {
  /** The capture process, while one runs. */
  readonly pid: number | undefined;
}

const FIRST_DELAY_MS = 1000;
const LONGEST_DELAY_MS = 60_000;
const DEATHS_TO_REPORT = 3;
/** A process that ran this long was healthy: its death restarts the count. */
const HEALTHY_MS = 30_000;

export const inputSource = (options: InputSourceOptions = {}): InputSource => new NativeInputSource(options);

class NativeInputSource implements InputSource {
  readonly name = 'input';
  readonly #runtime: Runtime;
  readonly #session: DisplaySession;
  readonly #entry: ForkTarget;
  readonly #detail: 'events' | 'counts';
  readonly #mouseMoveIntervalMs: number;
  #capability: Capability = { status: 'starting' };
  #emit: (signal: InputSignal) => void = () => {};
  #known: () => void = () => {};
  #process: InputProcess | null = null;
  #restartTimer: Timer | null = null;
  #readyAtMs: number | null = null;
  #deaths = 0;
  #isClosed: boolean = false;

  constructor(options: InputSourceOptions) {
    this.#runtime = options.runtime ?? systemRuntime;
    this.#session = options.session ?? { platform: process.platform, env: process.env };
    this.#entry = options.entry ?? inputEntry();
    this.#detail = options.detail ?? TRACKER_DEFAULTS.detail;
    this.#mouseMoveIntervalMs = options.mouseMoveIntervalMs ?? TRACKER_DEFAULTS.mouseMoveIntervalMs;
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  async start(emit: (signal: InputSignal) => void): Promise<Capability> {
    this.#emit = emit;
    const problem = displayProblem(this.#session);
    if (problem !== null) return this.#become({ status: 'unavailable', reason: problem });
    const known = new Promise<void>((resolve) => {
      this.#known = resolve;
    });
    this.#fork();
    await known;
    return this.#capability;
  }

  capability(): Capability {
    return this.#capability;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#restartTimer?.cancel();
    this.#known();
    await this.#process?.close();
    this.#process = null;
  }

  #fork(): void {
    this.#readyAtMs = null;
    this.#process = new InputProcess({
      runtime: this.#runtime,
      env: this.#session.env,
      entry: this.#entry,
      detail: this.#detail,
      mouseMoveIntervalMs: this.#mouseMoveIntervalMs,
      onReady: () => {
        this.#readyAtMs = this.#runtime.monotonic();
        this.#become({ status: 'available' });
      },
      onBatch: (batch) => this.#emit(toSignal(batch, this.#runtime.monotonic())),
      onEnd: (end) => this.#restart(end),
    });
  }

  #restart(end: ProcessEnd): void {
    this.#process = null;
    if (this.#isClosed) return;
    const livedMs = this.#readyAtMs === null ? 0 : this.#runtime.monotonic() - this.#readyAtMs;
    this.#deaths = livedMs >= HEALTHY_MS ? 1 : this.#deaths + 1;
    const { isFinal, reason } = inputProblem(end, this.#session);
    if (isFinal || this.#deaths >= DEATHS_TO_REPORT) this.#become({ status: 'unavailable', reason });
    else if (this.#readyAtMs !== null) this.#capability = { status: 'starting' };
    if (isFinal) return;
    // The first restarts are immediate: while start() waits, only a running capture process keeps the
    // program alive.
    if (this.#deaths < DEATHS_TO_REPORT) {
      this.#fork();
      return;
    }
    const delayMs = backoffMs(this.#deaths - DEATHS_TO_REPORT + 1, {
      baseMs: FIRST_DELAY_MS,
      maxMs: LONGEST_DELAY_MS,
    });
    this.#restartTimer = this.#runtime.after(delayMs, () => this.#fork());
  }

  #become(capability: Capability): Capability {
    this.#capability = capability;
    this.#known();
    return capability;
  }
}

const toSignal = ({ counts, moments }: InputBatch, nowMs: number): InputSignal => ({
  counts: counts.map(({ agoMs, ...interval }) => ({ ...interval, atMs: nowMs - agoMs })),
  moments: moments.map(({ agoMs, body }) => ({ body, atMs: nowMs - agoMs })),
});
