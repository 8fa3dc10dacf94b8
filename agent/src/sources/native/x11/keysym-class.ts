/**
 * From a keysym, which says what a key means in the current layout, to its class. Keysyms are read here alone, when a
 * layout is loaded; what is kept of them is the class.
 * Numbers: https://www.x.org/releases/X11R7.7/doc/xproto/x11protocol.html#keysym_encoding, XF86keysym.h.
 */
import type { KeyClass } from '@kinetrack/schema';

type Range = readonly [from: number, to: number];

/** Characters are their code points above this. */
const UNICODE = 0x0100_0000;
/** Vendors' keysyms; XFree86's (volume, play, browser, brightness) begin with 0x1008. */
const VENDOR = 0x1000_0000;
const XF86 = 0x1008;

/** Keysyms of 0xfe00 to 0xffff: keys, where those below are characters. The first range that fits counts. */
const FUNCTION_KEYS: readonly (readonly [KeyClass, readonly Range[]])[] = [
  ['backspace', [[0xff08, 0xff08]]],
  [
    'tab',
    [
      [0xff09, 0xff09],
      [0xff89, 0xff89],
      [0xfe20, 0xfe20],
    ],
  ],
  [
    'enter',
    [
      [0xff0a, 0xff0a],
      [0xff0d, 0xff0d],
      [0xff8d, 0xff8d],
      [0xfe34, 0xfe34],
    ],
  ],
  ['escape', [[0xff1b, 0xff1b]]],
  [
    'delete',
    [
      [0xffff, 0xffff],
      [0xff9f, 0xff9f],
    ],
  ],
  ['space', [[0xff80, 0xff80]]],
  // Home to Begin, Insert, and the same on the keypad.
  [
    'navigation',
    [
      [0xff50, 0xff58],
      [0xff63, 0xff63],
      [0xff95, 0xff9e],
    ],
  ],
  ['digit', [[0xffb0, 0xffb9]]],
  [
    'punctuation',
    [
      [0xffaa, 0xffaf],
      [0xffbd, 0xffbd],
    ],
  ],
  // Dead keys and Compose type nothing by themselves: they change the key that follows.
  [
    'modifier',
    [
      [0xfe01, 0xfe13],
      [0xfe50, 0xfe93],
      [0xff20, 0xff20],
    ],
  ],
  // Scroll Lock, Num Lock and Mode_switch, Shift to Hyper.
  [
    'modifier',
    [
      [0xff14, 0xff14],
      [0xff7e, 0xff7f],
      [0xffe1, 0xffee],
    ],
  ],
  // Pause, Print, Menu and the like; F1 to F35, those of the keypad, and the keys of input methods.
  [
    'function',
    [
      [0xff0b, 0xff15],
      [0xff60, 0xff6b],
      [0xff91, 0xff94],
      [0xffbe, 0xffe0],
      [0xff21, 0xff3f],
    ],
  ],
];

/** The older sets of characters, 0x100 keysyms each; of those that are not listed all are punctuation. */
const LETTER_SETS: ReadonlySet<number> = new Set([
  ...[0x01, 0x02, 0x03, 0x12, 0x13, 0x14, 0x15, 0x16],
  // kana, Arabic, Cyrillic, Greek, Hebrew, Thai, Korean, Vietnamese
  ...[0x04, 0x05, 0x06, 0x07, 0x0c, 0x0d, 0x0e, 0x1e],
]);

/** What is no letter in those. */
const NOT_LETTERS: readonly (readonly [KeyClass, readonly Range[]])[] = [
  [
    'punctuation',
    [
      [0x1a2, 0x1a2],
      [0x1b2, 0x1b2],
      [0x1b7, 0x1b7],
      [0x1bd, 0x1bd],
      [0x1ff, 0x1ff],
    ],
  ],
  [
    'punctuation',
    [
      [0x47e, 0x47e],
      [0x4a1, 0x4a5],
      [0x5ac, 0x5bf],
      [0x6b0, 0x6b0],
      [0x7ae, 0x7af],
    ],
  ],
  [
    'punctuation',
    [
      [0xcdf, 0xcdf],
      [0xdcf, 0xdcf],
      [0xddf, 0xddf],
      [0xeff, 0xeff],
    ],
  ],
  ['digit', [[0xdf0, 0xdf9]]],
];

const NO_BREAK_SPACE = 0xa0;

/** `other` for none and for what is not known. */
export function keysymClass(keysym: number): KeyClass {
  if (keysym >= VENDOR) return keysym >>> 16 === XF86 ? 'media' : 'other';
  if (keysym >= UNICODE) return characterClass(keysym - UNICODE);
  if (keysym >= 0xfe00) return classIn(FUNCTION_KEYS, keysym) ?? 'other';
  if (keysym < 0x20) return 'other';
  // Latin-1 is the same in both numberings.
  if (keysym < 0x100) return characterClass(keysym);
  if (!LETTER_SETS.has(keysym >>> 8)) return keysym < 0x2100 ? 'punctuation' : 'other';
  return classIn(NOT_LETTERS, keysym) ?? 'letter';
}

function characterClass(codePoint: number): KeyClass {
  if (codePoint > 0x10_ffff) return 'other';
  if (codePoint === NO_BREAK_SPACE) return 'space';
  const character = String.fromCodePoint(codePoint);
  if (/[\p{L}\p{M}]/u.test(character)) return 'letter';
  if (/\p{Nd}/u.test(character)) return 'digit';
  if (/\p{Zs}/u.test(character)) return 'space';
  return /[\p{P}\p{S}\p{No}\p{Nl}]/u.test(character) ? 'punctuation' : 'other';
}

const classIn = (
  table: readonly (readonly [KeyClass, readonly Range[]])[],
  keysym: number,
): KeyClass | undefined =>
  table.find(([, ranges]) => ranges.some(([from, to]) => keysym >= from && keysym <= to))?.[0];

/** What the keys of a modifier make of the others. */
export type ModifierRole = 'alt' | 'meta' | 'level3' | 'numLock';

/** Null for modifiers that have a fixed place (shift, control) or that nothing depends on. */
export function modifierRole(keysym: number): ModifierRole | null {
  switch (keysym) {
    // Meta_L, Meta_R, Alt_L, Alt_R
    case 0xffe7:
    case 0xffe8:
    case 0xffe9:
    case 0xffea:
      return 'alt';
    // Super and Hyper, left and right
    case 0xffeb:
    case 0xffec:
    case 0xffed:
    case 0xffee:
      return 'meta';
    // ISO_Level3_Shift
    case 0xfe03:
      return 'level3';
    case 0xff7f:
      return 'numLock';
    default:
      return null;
  }
}
