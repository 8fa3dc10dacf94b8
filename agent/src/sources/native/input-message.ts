/**
 * What the capture process may send. Every number is a figure (figures.ts), every text a word of a fixed list:
 * there is nothing that a key code or a character would fit, and input-schema.ts checks the same at the receiving end.
 */
import type { KeyClass } from '@kinetrack/schema';
import type { Ago, Count, Distance, Pixel } from './figures.ts';

export interface CountsMessage {
  /** Since the tally began, when the message was sent. */
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

/** Why the hook could not be set. The system's own message is on the process's standard error. */
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
