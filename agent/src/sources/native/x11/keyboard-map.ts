/**
 * What the keys of an X server mean, as classes: built from the server's layout, and again whenever that changes.
 * Of the layout nothing is kept but classes and the masks of modifiers: it cannot be told from here what a key types.
 * The core protocol tells two groups of a layout; a third or fourth is read as the first.
 */
import type { KeyClass } from '@kinetrack/schema';
import type { KeyEvent } from '../keyboard.ts';
import { keysymClass, type ModifierRole, modifierRole } from './keysym-class.ts';
import type { DeviceEvent } from './record-stream.ts';

/** Keysyms a key: two levels of the first group, two of the second, then levels 3 and 4 of each. */
const COLUMNS = 8;
const KEYCODES = 256;
const HEAD = 32;

const SHIFT = 1;
const CONTROL = 1 << 2;
const GROUP_SHIFT = 13;

export class KeyboardMap {
  readonly #classes: KeyClass[] = new Array<KeyClass>(KEYCODES * COLUMNS).fill('other');
  /** Keys that num lock shifts. */
  readonly #isKeypad = new Uint8Array(KEYCODES);
  #masks: Readonly<Record<ModifierRole, number>> = { alt: 0, meta: 0, level3: 0, numLock: 0 };
  readonly #event = { keycode: 0, keyClass: 'other' as KeyClass, isShortcut: false };

  /** Takes over a layout: the replies to GetKeyboardMapping from that key code on, and to GetModifierMapping. */
  load(minKeycode: number, mapping: Buffer, modifiers: Buffer): void {
    const width = mapping.readUInt8(1);
    const keysyms = (keycode: number): readonly number[] =>
      Array.from({ length: width }, (_, column) => {
        const at = HEAD + 4 * ((keycode - minKeycode) * width + column);
        return keycode >= minKeycode && at + 4 <= mapping.length ? mapping.readUInt32LE(at) : 0;
      });
    for (let keycode = 0; keycode < KEYCODES; keycode += 1) {
      const row = keysyms(keycode);
      for (let column = 0; column < COLUMNS; column += 1) {
        this.#classes[keycode * COLUMNS + column] = keysymClass(effective(row, column));
      }
      this.#isKeypad[keycode] = isKeypad(row[1] ?? 0) ? 1 : 0;
    }
    this.#masks = masksOf(modifiers, keysyms);
  }

  /** The key of a key event. Valid until the next call. */
  key({ detail, state }: DeviceEvent): KeyEvent {
    const { alt, meta, level3, numLock } = this.#masks;
    const isShifted = (state & SHIFT) !== 0;
    const isLifted = this.#isKeypad[detail] === 1 && (state & numLock) !== 0 ? !isShifted : isShifted;
    const isSecondGroup = ((state >>> GROUP_SHIFT) & 3) === 1;
    const column = (state & level3 ? 4 : 0) + (isSecondGroup ? 2 : 0) + (isLifted ? 1 : 0);
    const event = this.#event;
    event.keycode = detail;
    event.keyClass = this.#classes[detail * COLUMNS + column] ?? 'other';
    event.isShortcut = (state & (CONTROL | alt | meta)) !== 0;
    return event;
  }
}

/** Where a level or a group has nothing of its own, the one below it counts. */
function effective(row: readonly number[], column: number): number {
  const own = row[column] ?? 0;
  if (own !== 0 || column === 0) return own;
  if (column >= 4) return effective(row, column - 4);
  return effective(row, column % 2 === 1 ? column - 1 : 0);
}

const isKeypad = (keysym: number): boolean => keysym >= 0xff80 && keysym <= 0xffbd;

/** The bits in an event's state that stand for each role: which of Mod1 to Mod5 it is differs between layouts. */
function masksOf(
  modifiers: Buffer,
  keysyms: (keycode: number) => readonly number[],
): Record<ModifierRole, number> {
  const masks: Record<ModifierRole, number> = { alt: 0, meta: 0, level3: 0, numLock: 0 };
  const width = modifiers.readUInt8(1);
  // Shift, Lock and Control come first and mean themselves.
  for (let modifier = 3; modifier < 8; modifier += 1) {
    for (const keycode of modifiers.subarray(HEAD + modifier * width, HEAD + (modifier + 1) * width)) {
      // A modifier is what its key is unshifted: shift and alt together may be Meta, or change the layout.
      const role = keycode === 0 ? null : modifierRole(keysyms(keycode)[0] ?? 0);
      if (role !== null) masks[role] |= 1 << modifier;
    }
  }
  return masks;
}
