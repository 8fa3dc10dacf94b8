/** Typed subscriptions. A listener that throws is logged and harms neither the others nor the capture. */
import { type Logger, messageOf } from './logger.ts';

export type Unsubscribe = () => void;

export class Listeners<Events extends object> {
  readonly #logger: Logger;
  readonly #byName: { [Name in keyof Events]?: Set<(payload: Events[Name]) => void> } = {};

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  on<Name extends keyof Events>(name: Name, listener: (payload: Events[Name]) => void): Unsubscribe {
    const all = this.#byName[name] ?? new Set();
    this.#byName[name] = all;
    // Wrapped, so that a function that is given twice is called twice and taken off once.
    const entry = (payload: Events[Name]): void => listener(payload);
    all.add(entry);
    return () => {
      all.delete(entry);
    };
  }

  has(name: keyof Events): boolean {
    return (this.#byName[name]?.size ?? 0) > 0;
  }

  emit<Name extends keyof Events>(name: Name, payload: Events[Name]): void {
    for (const listener of this.#byName[name] ?? []) {
      try {
        listener(payload);
      } catch (error) {
        this.#logger.error('a listener threw', { event: String(name), error: messageOf(error) });
      }
    }
  }
}
