/**
 * What sources say. Times are the runtime's monotonic ms: they order and add up when the wall clock jumps.
 * Input carries counts and classes only: there is no field that a key code or a character would fit.
 */
import type { ActivityBody } from '@kinetrack/schema';

/** Input of a short while (at most 100 ms), already added up in the capture process. */
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

/** The window in front, as the system names it: the title is not redacted yet and must not be stored. */
export interface WindowSignal {
  readonly atMs: number;
  /** Null while no window is in front (an empty desktop, a lock screen). */
  readonly window: { readonly app: string; readonly title: string } | null;
}

/** One kind of input fell silent for the threshold, or came back. */
export interface IdleSignal {
  /** When it happened: the start of the silence for `start`, the input that ended it for `end`. */
  readonly atMs: number;
  readonly body: ActivityBody<'idle'>;
}
