/** Maps key events of the hook to classes. Outside of this module there are no key codes. */
import type { KeyClass } from '@kinetrack/schema';
import { type Count, Counter } from './figures.ts';

export interface KeyEvent {
  readonly keycode: number;
  readonly altKey: boolean;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
}

const ALT_RIGHT = 0x0e38;
const CODE_SPACE = 0x1_0000;

/**
 * A held key repeats at least this often (the longest usual initial delay of X11 is below 1 s). A
 * later press of a key without a release means that the release was lost, for example around a lock
 * screen.
 */
const LONGEST_REPEAT_MS = 2000;

export class Keyboard {
  /** Time of the last press per key code; 0 if released. A fixed array: no allocation while typing. */
  readonly #downAtMs = new Float64Array(CODE_SPACE);

  /** The class of a pressed key; null for the automatic repeat of a held one. */
  press(event: KeyEvent, atMs: number): KeyClass | null {
    const slot = event.keycode & (CODE_SPACE - 1);
    const before = this.#downAtMs[slot] ?? 0;
    this.#downAtMs[slot] = Math.max(atMs, Number.MIN_VALUE);
    return before > 0 && atMs - before < LONGEST_REPEAT_MS ? null : keyClassOf(event.keycode);
  }

  release(event: KeyEvent): void {
    this.#downAtMs[event.keycode & (CODE_SPACE - 1)] = 0;
  }

  /** Whether the modifiers make the key a shortcut, which types nothing. */
  isShortcut(event: KeyEvent): boolean {
    if (event.metaKey) return true;
    // Windows reports AltGr as Control with Alt, and AltGr types characters.
    if (event.ctrlKey) return !event.altKey;
    return event.altKey && (this.#downAtMs[ALT_RIGHT] ?? 0) === 0;
  }
}

const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index);

/** libuiohook marks keypad keys without num lock, and arrows, with these high bytes. */
const KEYPAD_NAVIGATION = 0xee00;

const CODES: Partial<Record<KeyClass, readonly number[]>> = {
  letter: [...range(0x10, 0x19), ...range(0x1e, 0x26), ...range(0x2c, 0x32)],
  digit: [...range(0x02, 0x0b), ...range(0x47, 0x49), ...range(0x4b, 0x4d), ...range(0x4f, 0x52)],
  space: [0x39],
  enter: [0x1c, 0x0e1c],
  backspace: [0x0e],
  delete: [0x0e53, KEYPAD_NAVIGATION | 0x53],
  tab: [0x0f],
  escape: [0x01],
  navigation: [
    ...[0x0e47, 0x0e49, 0x0e4f, 0x0e51, 0x0e52],
    ...[0xe048, 0xe04b, 0xe04c, 0xe04d, 0xe050],
    ...[0x47, 0x48, 0x49, 0x4b, 0x4c, 0x4d, 0x4f, 0x50, 0x51, 0x52].map((code) => KEYPAD_NAVIGATION | code),
  ],
  modifier: [
    ...[0x2a, 0x36, 0x1d, 0x0e1d, 0x38, 0x0e38, 0x0e5b, 0x0e5c],
    // caps lock, num lock, scroll lock
    ...[0x3a, 0x45, 0x46],
  ],
  function: [
    ...[...range(0x3b, 0x44), 0x57, 0x58, ...range(0x5b, 0x5d), ...range(0x63, 0x6b)],
    // print screen, pause, context menu
    ...[0x0e37, 0x0e45, 0x0e5d],
  ],
  punctuation: [
    ...[0x0c, 0x0d, 0x1a, 0x1b, 0x27, 0x28, 0x29, 0x2b, 0x33, 0x34, 0x35, 0x0e46, 0x73, 0x7d, 0x7e],
    // the keypad's operators and decimal sign
    ...[0x37, 0x4a, 0x4e, 0x53, 0x0e35, 0x0e0d],
  ],
  media: [
    ...[0xe022, 0xe024, 0xe010, 0xe019, 0xe06d, 0xe02c, 0xe020, 0xe030, 0xe02e],
    ...[0xe06c, 0xe021, 0xe03c, 0xe064, ...range(0xe065, 0xe06a), 0xe032],
  ],
};

const CLASS_OF = new Map<number, KeyClass>();
for (const [keyClass, codes] of Object.entries(CODES) as [KeyClass, readonly number[]][]) {
  for (const code of codes) CLASS_OF.set(code, keyClass);
}

/**
 * The class of a key code: the only place that reads key codes. Unknown codes are `other`.
 *
 * Codes are those of libuiohook (physical keys of a US keyboard), so on other layouts the class is
 * that of the position. This module runs in the capture process and imports only types, to keep
 * that process small.
 */
export const keyClassOf = (keycode: number): KeyClass => CLASS_OF.get(keycode) ?? 'other';

interface FinishedWord {
  /** Keys that typed a character, minus deleted ones. */
  readonly length: Count;
  readonly corrections: Count;
}

/** Tracks the length of the current word, from key classes only, so it cannot know the word. */
export class WordTracker {
  readonly #length = new Counter();
  readonly #corrections = new Counter();

  /** The word that this key ended, or null. */
  key(keyClass: KeyClass, isShortcut: boolean): FinishedWord | null {
    // A shortcut may paste, undo or move the caret: the current word is unknown after it.
    if (isShortcut && keyClass !== 'modifier') {
      this.reset();
      return null;
    }
    switch (keyClass) {
      case 'letter':
      case 'digit':
      case 'punctuation':
      // Letters that a US keyboard lacks have unknown codes.
      case 'other':
        this.#length.increment();
        return null;
      case 'backspace':
        if (this.#length.isZero) return null;
        this.#length.decrement();
        this.#corrections.increment();
        return null;
      case 'space':
      case 'enter':
        return this.#finish();
      case 'navigation':
      case 'tab':
      case 'escape':
        // The caret moved.
        this.reset();
        return null;
      default:
        return null;
    }
  }

  reset(): void {
    this.#length.take();
    this.#corrections.take();
  }

  #finish(): FinishedWord | null {
    if (this.#length.isZero) {
      this.reset();
      return null;
    }
    return { length: this.#length.take(), corrections: this.#corrections.take() };
  }
}
