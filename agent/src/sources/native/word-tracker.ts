/** Follows how long the word being typed is: from key classes alone, so it cannot know which. */
import type { KeyClass } from '@kinetrack/schema';
import { type Count, Counter } from './figures.ts';

export interface FinishedWord {
  /** Keys that type a character, less those taken back. */
  readonly length: Count;
  readonly corrections: Count;
}

export class WordTracker {
  readonly #length = new Counter();
  readonly #corrections = new Counter();

  /** The word that this key ended, or null. */
  key(keyClass: KeyClass, isShortcut: boolean): FinishedWord | null {
    // A shortcut may paste, undo or move elsewhere: what it leaves under the caret is not known.
    if (isShortcut && keyClass !== 'modifier') {
      this.reset();
      return null;
    }
    switch (keyClass) {
      case 'letter':
      case 'digit':
      case 'punctuation':
      // Letters that a US keyboard does not have come as keys that nothing is known about.
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
        // The caret went elsewhere.
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
