/**
 * Typed subscriptions. A listener that throws, or whose promise rejects, is reported and does not affect
 * the others.
 */

export type Unsubscribe = () => void;

/** May be asynchronous: it is not awaited, and a rejection is reported like a throw. */
export type Listener<Payload> = (payload: Payload) => unknown;

interface Subscription<Payload> {
  readonly listener: Listener<Payload>;
  readonly isOnce: boolean;
}

export class Listeners<Events extends object> {
  readonly #onThrow: (name: keyof Events, error: unknown) => void;
  readonly #byName: { [Name in keyof Events]?: Set<Subscription<Events[Name]>> } = {};

  /** `onThrow` receives errors of listeners; it must not throw. */
  constructor(onThrow: (name: keyof Events, error: unknown) => void) {
    this.#onThrow = onThrow;
  }

  on<Name extends keyof Events>(name: Name, listener: Listener<Events[Name]>): Unsubscribe {
    return this.#add(name, { listener, isOnce: false });
  }

  /** For the next event only. */
  once<Name extends keyof Events>(name: Name, listener: Listener<Events[Name]>): Unsubscribe {
    return this.#add(name, { listener, isOnce: true });
  }

  /** Removes the latest subscription of the listener; does nothing if there is none. */
  off<Name extends keyof Events>(name: Name, listener: Listener<Events[Name]>): void {
    const all = this.#byName[name];
    const latest = [...(all ?? [])].findLast((subscription) => subscription.listener === listener);
    if (latest !== undefined) all?.delete(latest);
  }

  has(name: keyof Events): boolean {
    return (this.#byName[name]?.size ?? 0) > 0;
  }

  emit<Name extends keyof Events>(name: Name, payload: Events[Name]): void {
    const all = this.#byName[name];
    // A copy: a listener added by another listener gets the next event, not this one.
    for (const subscription of [...(all ?? [])]) {
      if (all?.has(subscription) !== true) continue;
      if (subscription.isOnce) all.delete(subscription);
      this.#call(name, subscription.listener, payload);
    }
  }

  #add<Name extends keyof Events>(name: Name, subscription: Subscription<Events[Name]>): Unsubscribe {
    const all: Set<Subscription<Events[Name]>> = this.#byName[name] ?? new Set();
    this.#byName[name] = all;
    // One object per subscription: a function subscribed twice is called twice and removed once.
    all.add(subscription);
    return () => {
      all.delete(subscription);
    };
  }

  #call<Name extends keyof Events>(
    name: Name,
    listener: Listener<Events[Name]>,
    payload: Events[Name],
  ): void {
    try {
      const result = listener(payload);
      // Any thenable, so also promises of other realms and libraries.
      if (typeof result === 'object' && result !== null && 'then' in result) {
        Promise.resolve(result).catch((error: unknown) => this.#onThrow(name, error));
      }
    } catch (error) {
      this.#onThrow(name, error);
    }
  }
}
