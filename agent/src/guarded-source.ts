/** Wraps a source so that start() and close() neither reject nor hang. */
import { within } from './deadline.ts';
import { type Logger, messageOf } from './logger.ts';
import type { Runtime } from './runtime.ts';
import type { Capability, Source } from './sources/source.ts';

/** One that has not answered by then counts as starting; what it says later counts from then on. */
const START_TIMEOUT_MS = 10_000;
const CLOSE_TIMEOUT_MS = 2000;

export class GuardedSource<Signal> implements Source<Signal> {
  readonly name: string;
  readonly #source: Source<Signal>;
  readonly #runtime: Runtime;
  readonly #logger: Logger;
  #failure: Capability | null = null;

  constructor(source: Source<Signal>, runtime: Runtime, logger: Logger) {
    this.name = source.name;
    this.#source = source;
    this.#runtime = runtime;
    this.#logger = logger;
  }

  get isAvailable(): boolean {
    return this.capability().status === 'available';
  }

  async start(emit: (signal: Signal) => void): Promise<Capability> {
    const started = this.#source.start(emit).catch((error: unknown) => {
      this.#logger.error('a source could not be started', { source: this.name, error: messageOf(error) });
      this.#failure = { status: 'unavailable', reason: `${this.name} failed to start; the log says why.` };
    });
    await within(this.#runtime, START_TIMEOUT_MS, started);
    return this.capability();
  }

  capability(): Capability {
    return this.#failure ?? this.#source.capability();
  }

  async close(): Promise<void> {
    const closed = this.#source.close().catch((error: unknown) => {
      this.#logger.error('a source could not be closed', { source: this.name, error: messageOf(error) });
    });
    await within(this.#runtime, CLOSE_TIMEOUT_MS, closed);
  }
}
