/**
 * Days of a person at a machine, in fake time: eight hours of work, then no input until the next morning. Each hour has
 * the input of the benchmarks (human-hour.ts), in the messages of the capture process.
 */
import type { InputSignal } from '@kinetrack/agent';
import type { Detail } from '@kinetrack/schema';
import { InputCounter } from '../../../agent/src/sources/native/input-counter.ts';
import type { TestRuntime } from '../time/test-runtime.ts';
import type { FakeMachine } from './fake-sources.ts';
import { type HumanEvent, humanHour } from './human-hour.ts';
import { feed } from './replay-hour.ts';

export const HOUR_MS = 3_600_000;
const HOURS_A_DAY = 24;
const HOURS_AT_WORK = 8;
const NEW_WINDOW_MS = 30_000;
const APPS = [
  ['Code', 'durable queue - kinetrack - Visual Studio Code'],
  ['Google Chrome', 'Pull requests - GitHub - Google Chrome'],
  ['Slack', 'general - Slack'],
] as const;

export interface SimulatedDaysOptions {
  readonly runtime: TestRuntime;
  readonly machine: FakeMachine;
  readonly detail: Detail;
  /** Called after each step: waits for the disk and others that need real time. */
  readonly afterStep: () => Promise<void>;
}

export class SimulatedDays {
  readonly #options: SimulatedDaysOptions;
  readonly #counter: InputCounter;
  readonly #hour: readonly HumanEvent[];
  #elapsedMs = 0;
  /** Index of the next event of the hour. */
  #next = 0;
  #pointer = { x: 0, y: 0 };

  static async start(options: SimulatedDaysOptions): Promise<SimulatedDays> {
    return new SimulatedDays(options, (await humanHour()).events);
  }

  private constructor(options: SimulatedDaysOptions, hour: readonly HumanEvent[]) {
    const { runtime, machine, detail } = options;
    this.#options = options;
    this.#hour = hour;
    this.#counter = new InputCounter({
      runtime,
      detail,
      mouseMoveIntervalMs: 500,
      send: ({ counts, moments }) => {
        const nowMs = runtime.monotonic();
        const signal: InputSignal = {
          counts: counts.map(({ agoMs, ...interval }) => ({ ...interval, atMs: nowMs - agoMs })),
          moments: moments.map(({ agoMs, body }) => ({ body, atMs: nowMs - agoMs })),
        };
        machine.input.emit(signal);
      },
    });
  }

  /** ms since the start of the first day. */
  get elapsedMs(): number {
    return this.#elapsedMs;
  }

  /** Advances by `ms`, in steps that divide an hour. */
  async run(ms: number, stepMs: number): Promise<void> {
    for (const endMs = this.#elapsedMs + ms; this.#elapsedMs < endMs; ) await this.step(stepMs);
  }

  async step(stepMs: number): Promise<void> {
    const { runtime, machine, afterStep } = this.#options;
    const startMs = this.#elapsedMs;
    const endMs = startMs + stepMs;
    const hourStartMs = startMs - (startMs % HOUR_MS);
    if (startMs === hourStartMs) this.#next = 0;
    if ((startMs / HOUR_MS) % HOURS_A_DAY < HOURS_AT_WORK) {
      if (startMs % NEW_WINDOW_MS === 0) {
        const [app, title] = APPS[(startMs / NEW_WINDOW_MS) % APPS.length] ?? APPS[0];
        machine.show(app, title);
      }
      for (let event = this.#hour[this.#next]; event !== undefined; event = this.#hour[this.#next]) {
        if (hourStartMs + event.atMs >= endMs) break;
        runtime.passTo(hourStartMs + event.atMs);
        if (event.kind === 'move') this.#pointer = event;
        feed(this.#counter, event, this.#pointer);
        this.#next += 1;
      }
    }
    runtime.passTo(endMs);
    this.#elapsedMs = endMs;
    await afterStep();
  }
}
