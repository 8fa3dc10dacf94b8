/**
 * Recomputes the hours that new objects touched, one at a time. An hour that is asked for again while it
 * waits is computed once; one that is asked for while it is being computed is computed again afterwards,
 * since the running computation may have listed the objects before the new one was there.
 */
import type { UtcHour } from '@kinetrack/schema';

export interface RollupWorker {
  /** Resolves once these hours have been recomputed with all objects stored before the call. */
  recompute(hours: readonly UtcHour[]): Promise<void>;
  /** Hours that are waiting or failed last time. */
  readonly pending: number;
}

export function rollupWorker(options: {
  readonly rollup: (hour: UtcHour) => Promise<unknown>;
  /** The hour stays due and is tried again with the next call. */
  readonly onError: (hour: UtcHour, error: unknown) => void;
}): RollupWorker {
  const due = new Map<string, UtcHour>();
  let running: Promise<void> | undefined;

  async function drain(): Promise<void> {
    const failed: UtcHour[] = [];
    for (let next = first(); next !== undefined; next = first()) {
      due.delete(keyOf(next));
      try {
        await options.rollup(next);
      } catch (error) {
        failed.push(next);
        options.onError(next, error);
      }
    }
    for (const hour of failed) due.set(keyOf(hour), hour);
    // Cleared in the same turn in which the map was found empty: no call can slip in between and be forgotten.
    running = undefined;
  }

  const first = (): UtcHour | undefined => due.values().next().value;

  return {
    get pending() {
      return due.size;
    },
    async recompute(hours) {
      for (const hour of hours) due.set(keyOf(hour), hour);
      if (due.size === 0) return;
      running ??= drain();
      await running;
    },
  };
}

const keyOf = ({ dt, hour }: UtcHour): string => `${dt}T${hour}`;
