import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KeyClass } from '@kinetrack/schema';
import { keysymClass } from '../../../../../agent/src/sources/native/x11/keysym-class.ts';

const unicode = (character: string): number => 0x0100_0000 + (character.codePointAt(0) ?? 0);

/** Keysyms by the names that X11/keysymdef.h and XF86keysym.h give them. */
const EXPECTED: Readonly<Record<KeyClass, Readonly<Record<string, number>>>> = {
  letter: {
    ...{ a: 0x61, Z: 0x5a, eacute: 0xe9, ssharp: 0xdf, Lstroke: 0x1a3, ccaron: 0x1e8, idotless: 0x2b9 },
    ...{ Cyrillic_zhe: 0x6d6, Ukrainian_i: 0x6a6, Greek_omega: 0x7f9, hebrew_aleph: 0xce0 },
    ...{ Arabic_seen: 0x5d3, Thai_kokai: 0xda1, kana_A: 0x4b1, Hangul_Kiyeog: 0xea1, OE: 0x13bc },
    ...{ han: unicode('漢'), hiragana: unicode('あ'), georgian: unicode('ა'), devanagari: unicode('क') },
    ...{ vowelSign: unicode('ि'), vietnamese: unicode('ơ') },
  },
  digit: { 0: 0x30, 9: 0x39, KP_0: 0xffb0, KP_9: 0xffb9, Thai_leksun: 0xdf0, arabic: unicode('٣') },
  space: { space: 0x20, nobreakspace: 0xa0, KP_Space: 0xff80, thin: unicode('\u2009') },
  enter: { Return: 0xff0d, KP_Enter: 0xff8d, Linefeed: 0xff0a },
  backspace: { BackSpace: 0xff08 },
  delete: { Delete: 0xffff, KP_Delete: 0xff9f },
  tab: { Tab: 0xff09, ISO_Left_Tab: 0xfe20 },
  escape: { Escape: 0xff1b },
  navigation: {
    ...{ Home: 0xff50, Left: 0xff51, Down: 0xff54, Prior: 0xff55, End: 0xff57, Insert: 0xff63 },
    ...{ KP_Home: 0xff95, KP_Begin: 0xff9d, KP_Insert: 0xff9e },
  },
  modifier: {
    ...{ Shift_L: 0xffe1, Control_R: 0xffe4, Caps_Lock: 0xffe5, Alt_L: 0xffe9, Super_L: 0xffeb },
    ...{ Hyper_R: 0xffee, Num_Lock: 0xff7f, Scroll_Lock: 0xff14, Mode_switch: 0xff7e },
    ...{ ISO_Level3_Shift: 0xfe03, ISO_Next_Group: 0xfe08, Multi_key: 0xff20 },
    ...{ dead_grave: 0xfe50, dead_acute: 0xfe51, dead_greek: 0xfe8c },
  },
  function: {
    ...{ F1: 0xffbe, F12: 0xffc9, F35: 0xffe0, KP_F1: 0xff91, Print: 0xff61, Pause: 0xff13, Menu: 0xff67 },
    ...{ Henkan: 0xff23, Hangul: 0xff31 },
  },
  punctuation: {
    ...{ exclam: 0x21, semicolon: 0x3b, asciitilde: 0x7e, section: 0xa7, multiply: 0xd7, division: 0xf7 },
    ...{ onehalf: 0xbd, EuroSign: 0x20ac, endash: 0xaaa, breve: 0x1a2, Arabic_comma: 0x5ac },
    ...{ numerosign: 0x6b0, Greek_horizbar: 0x7af, Thai_baht: 0xddf, KP_Add: 0xffab, KP_Decimal: 0xffae },
    ...{ bullet: unicode('•'), fullStop: unicode('。'), rupee: unicode('₹') },
  },
  media: { XF86AudioRaiseVolume: 0x1008ff13, XF86AudioPlay: 0x1008ff14, XF86BrightnessUp: 0x1008ff02 },
  other: { NoSymbol: 0, SunProps: 0x1005ff70, control: 0x07, beyondUnicode: 0x0111_0000, reserved: 0x2345 },
};

test('every keysym gets the class of its meaning', () => {
  const wrong = Object.entries(EXPECTED).flatMap(([keyClass, keysyms]) =>
    Object.entries(keysyms)
      .filter(([, keysym]) => keysymClass(keysym) !== keyClass)
      .map(([name, keysym]) => `${name} is ${keysymClass(keysym)} instead of ${keyClass}`),
  );
  assert.deepEqual(wrong, []);
});
