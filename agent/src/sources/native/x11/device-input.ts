/** What devices do, as input to count. */
import type { InputCounter } from '../input-counter.ts';
import type { MouseButton, ScrollDirection } from '../input-message.ts';
import type { KeyboardMap } from './keyboard-map.ts';
import {
  BUTTON_PRESS,
  BUTTON_RELEASE,
  type DeviceEvent,
  KEY_PRESS,
  KEY_RELEASE,
  MOTION_NOTIFY,
} from './record-stream.ts';

/** By the server's numbers, from 0, which does not exist. */
const BUTTONS: readonly MouseButton[] = ['other', 'left', 'middle', 'right'];
/** A wheel is buttons 4 to 7: each notch is a press and a release. */
const FIRST_NOTCH = 4;
const NOTCHES: readonly ScrollDirection[] = ['up', 'down', 'left', 'right'];

export class DeviceInput {
  readonly #counter: InputCounter;
  readonly #keys: KeyboardMap;

  constructor(counter: InputCounter, keys: KeyboardMap) {
    this.#counter = counter;
    this.#keys = keys;
  }

  take(event: DeviceEvent): void {
    switch (event.type) {
      case MOTION_NOTIFY:
        this.#counter.mouseMove(event);
        break;
      case KEY_PRESS:
        // Repeats of a held key come as presses without releases: the pairs that programs see are made for each of them.
        this.#counter.keyDown(this.#keys.key(event));
        break;
      case KEY_RELEASE:
        this.#counter.keyUp(this.#keys.key(event));
        break;
      case BUTTON_PRESS:
      case BUTTON_RELEASE:
        this.#button(event);
        break;
      default:
    }
  }

  #button(event: DeviceEvent): void {
    const isPress = event.type === BUTTON_PRESS;
    const notch = NOTCHES[event.detail - FIRST_NOTCH];
    if (notch !== undefined) {
      if (isPress) this.#counter.wheel(notch);
      return;
    }
    const button = BUTTONS[event.detail] ?? 'other';
    if (isPress) this.#counter.mouseDown(event, button);
    else this.#counter.mouseUp(event, button);
  }
}
