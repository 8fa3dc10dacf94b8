/**
 * From a key code to its class: the only place where a key code is read.
 * Codes are libuiohook's (physical keys, as on a US keyboard), so on other layouts the class is that of the position.
 * This module runs in the capture process; it imports types alone, to keep that process small.
 */
import type { KeyClass } from '@kinetrack/schema';

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

/** Codes that nothing is known about are `other`. */
export const keyClassOf = (keycode: number): KeyClass => CLASS_OF.get(keycode) ?? 'other';
