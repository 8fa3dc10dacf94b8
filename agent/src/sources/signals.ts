/**
 * Signals of sources. Times are the runtime's monotonic ms, so they stay ordered when the wall clock jumps.
 * Input has counts and classes only: no field can hold a key code or a character.
 */
import type { ActivityBody } from '@kinetrack/schema';

/** Counts of at most 100 ms, summed in the capture process. */
export interface InputCounts {
  readonly atMs: number;
  readonly keys: number;
  readonly clicks: number;
  readonly scrolls: number;
  readonly distancePx: number;
}

/** A single input event, for `detail: 'events'`. */
export interface InputMoment {
  readonly atMs: number;
  readonly body: ActivityBody<'mouse_move' | 'mouse_click' | 'mouse_scroll' | 'key_press' | 'word'>;
}

export interface InputSignal {
  readonly counts: readonly InputCounts[];
  /** Empty with `detail: 'counts'`. */
  readonly moments: readonly InputMoment[];
}

/** The front window as reported by the system: its title is not redacted yet and must not be stored. */
export interface WindowSignal {
  readonly atMs: number;
  /** Null while there is no front window (an empty desktop, a lock screen). */
  readonly window: { readonly app: string; readonly title: string } | null;
}

/** One kind of input became idle or active again. */
export interface IdleSignal {
  /** Start of the silence for `start`, time of the input for `end`. */
  readonly atMs: number;
  readonly body: ActivityBody<'idle'>;
}
