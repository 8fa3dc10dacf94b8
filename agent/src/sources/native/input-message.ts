/**
 * Messages of the capture process. Every number is a figure (figures.ts), every string a word of a
 * fixed list: no field can hold a key code or a character. input-schema.ts checks the same in the
 * parent.
 */
import type { KeyClass } from '@kinetrack/schema';
import type { Ago, Count, Distance, Pixel } from './figures.ts';

export interface CountsMessage {
  /** Time from the start of the interval to the sending of the message. */
  readonly agoMs: Ago;
  readonly keys: Count;
  readonly clicks: Count;
  readonly scrolls: Count;
  readonly distancePx: Distance;
}

export type MouseButton = 'left' | 'right' | 'middle' | 'other';
export type ScrollDirection = 'up' | 'down' | 'left' | 'right';

export type MomentBody =
  | {
      readonly activity_type: 'mouse_move';
      readonly x: Pixel;
      readonly y: Pixel;
      readonly distance_px: Distance;
    }
  | {
      readonly activity_type: 'mouse_click';
      readonly button: MouseButton;
      readonly action: 'press' | 'release';
      readonly x: Pixel;
      readonly y: Pixel;
    }
  | {
      readonly activity_type: 'mouse_scroll';
      readonly direction: ScrollDirection;
      readonly amount: Count;
    }
  | { readonly activity_type: 'key_press'; readonly key_class: KeyClass }
  | { readonly activity_type: 'word'; readonly length: Count; readonly corrections: Count };

export interface MomentMessage {
  readonly agoMs: Ago;
  readonly body: MomentBody;
}

export interface BatchMessage {
  readonly kind: 'batch';
  readonly counts: readonly CountsMessage[];
  readonly moments: readonly MomentMessage[];
}

/** Why the hook failed to start. The system's message is in the standard error of the process. */
export const FAILURE_CAUSES = ['not_installed', 'not_loadable', 'refused'] as const;
export type FailureCause = (typeof FAILURE_CAUSES)[number];

export type InputMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed'; readonly cause: FailureCause }
  | BatchMessage;

/** Options of the capture process: one argument of JSON. */
export interface InputChildOptions {
  readonly detail: 'events' | 'counts';
  readonly mouseMoveIntervalMs: number;
}
