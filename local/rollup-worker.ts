/**
 * Recomputes touched hours, one at a time. A request for a waiting hour adds nothing. A request for the
 * running hour repeats it afterwards, because its object listing may be older than the new object.
 */
import type { UtcHour } from '@kinetrack/schema';

export interface RollupWorker {
  /** Resolves when the hours are recomputed from all objects stored before the call. */
  recompute(hours: readonly UtcHour[]): Promise<void>;
  /** Number of waiting and failed hours. */
  readonly pending: number;
}

export function rollupWorker(options: {
  readonly rollup: (hour: UtcHour) => Promise<unknown>;
  /** A failed hour stays due; the next call retries it. */
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
    // In the same turn as the last check of the map, so that no call between them is lost.
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
