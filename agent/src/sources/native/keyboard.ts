/**
 * Which keys are down. Takes the hook's events, gives classes: behind this module nothing has seen a key code.
 */
import type { KeyClass } from '@kinetrack/schema';
import { keyClassOf } from './key-class.ts';

export interface KeyEvent {
  readonly keycode: number;
  readonly altKey: boolean;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
}

const ALT_RIGHT = 0x0e38;
const CODE_SPACE = 0x1_0000;

/**
 * A held key repeats at least this often once it repeats (X11's longest usual first delay is below 1 s).
 * A later press of a key that never came up means that its release was lost, as happens around a lock screen.
 */
const LONGEST_REPEAT_MS = 2000;

export class Keyboard {
  /** When a key was last reported down; 0 for up. One slot a code: no allocation while typing. */
  readonly #downAtMs = new Float64Array(CODE_SPACE);

  /** The class of a key that went down; null for the automatic repeat of one that is held. */
  press(event: KeyEvent, atMs: number): KeyClass | null {
    const slot = event.keycode & (CODE_SPACE - 1);
    const before = this.#downAtMs[slot] ?? 0;
    this.#downAtMs[slot] = Math.max(atMs, Number.MIN_VALUE);
    return before > 0 && atMs - before < LONGEST_REPEAT_MS ? null : keyClassOf(event.keycode);
  }

  release(event: KeyEvent): void {
    this.#downAtMs[event.keycode & (CODE_SPACE - 1)] = 0;
  }

  /** Whether the modifiers make a command of the key, so that it types nothing. */
  isShortcut(event: KeyEvent): boolean {
    if (event.metaKey) return true;
    // Control with alt is how Windows reports AltGr, and AltGr types characters.
    if (event.ctrlKey) return !event.altKey;
    return event.altKey && (this.#downAtMs[ALT_RIGHT] ?? 0) === 0;
  }
}
