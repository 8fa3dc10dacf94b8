/** Keys as libuiohook tells them: physical ones, with the modifiers that are held. */
import { keyClassOf } from './key-class.ts';
import type { KeyEvent } from './keyboard.ts';

export interface HookKeyEvent {
  readonly keycode: number;
  readonly altKey: boolean;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
}

const ALT_RIGHT = 0x0e38;

export class HookKeys {
  #isAltRightDown: boolean = false;

  down(event: HookKeyEvent): KeyEvent {
    if (event.keycode === ALT_RIGHT) this.#isAltRightDown = true;
    return {
      keycode: event.keycode,
      keyClass: keyClassOf(event.keycode),
      isShortcut: this.#isShortcut(event),
    };
  }

  up({ keycode }: HookKeyEvent): void {
    if (keycode === ALT_RIGHT) this.#isAltRightDown = false;
  }

  #isShortcut({ altKey, ctrlKey, metaKey }: HookKeyEvent): boolean {
    if (metaKey) return true;
    // Control with alt is how Windows reports AltGr, and AltGr types characters.
    if (ctrlKey) return !altKey;
    return altKey && !this.#isAltRightDown;
  }
}
