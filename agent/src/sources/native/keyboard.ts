/** Which keys are down: tells a press from the automatic repeat of a key that is held. */
import type { KeyClass } from '@kinetrack/schema';

export interface KeyEvent {
  /** Tells a key from another while it is held: read here alone. */
  readonly keycode: number;
  readonly keyClass: KeyClass;
  /** Whether the modifiers make a command of the key, so that it types nothing. */
  readonly isShortcut: boolean;
}

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
  press({ keycode, keyClass }: KeyEvent, atMs: number): KeyClass | null {
    const slot = keycode & (CODE_SPACE - 1);
    const before = this.#downAtMs[slot] ?? 0;
    this.#downAtMs[slot] = Math.max(atMs, Number.MIN_VALUE);
    return before > 0 && atMs - before < LONGEST_REPEAT_MS ? null : keyClass;
  }

  release({ keycode }: Pick<KeyEvent, 'keycode'>): void {
    this.#downAtMs[keycode & (CODE_SPACE - 1)] = 0;
  }
}
