import assert from 'node:assert/strict';
import { parseFront, parseProperties } from '../../../../agent/src/sources/native/window-probe-x11.ts';

const titleOf = (output: string) => parseProperties(output).title;

test('reads the window in front, none, and a window manager that does not say', () => {
  assert.equal(parseFront('_NET_ACTIVE_WINDOW(WINDOW): window id # 0x40000c\n'), '0x40000c');
  assert.equal(parseFront('_NET_ACTIVE_WINDOW(WINDOW): window id # 0x0\n'), null);
  assert.equal(parseFront('_NET_ACTIVE_WINDOW:  not found.\n'), undefined);
});

test('of several changes the last counts', () => {
  const line = (id: string) => `_NET_ACTIVE_WINDOW(WINDOW): window id # ${id}\n`;
  assert.equal(parseFront(line('0x0') + line('0xa0000c')), '0xa0000c');
  assert.equal(parseFront(line('0xa0000c') + line('0x0')), null);
});

test('reads the class, not the instance', () => {
  assert.deepEqual(parseProperties('WM_CLASS(STRING) = "Navigator", "firefox-esr"\n'), {
    className: 'firefox-esr',
    title: '',
  });
});

test('a window without a class has none', () => {
  const output = '_NET_WM_NAME:  not found.\nWM_NAME:  not found.\nWM_CLASS:  not found.\n';
  assert.deepEqual(parseProperties(output), { className: null, title: '' });
  assert.equal(parseProperties('WM_CLASS(STRING) = "", ""\n').className, null);
});

test('prefers the name in UTF-8 to the old one', () => {
  const output =
    '_NET_WM_NAME(UTF8_STRING) = "Größe"\nWM_NAME(STRING) = "Gr??e"\nWM_CLASS(STRING) = "a", "B"\n';
  assert.deepEqual(parseProperties(output), { className: 'B', title: 'Größe' });
});

test('keeps equal signs, quotes and backslashes of a title', () => {
  assert.equal(
    titleOf('_NET_WM_NAME(UTF8_STRING) = "a = \\"b\\" \\\\ c"\nWM_NAME:  not found.\n'),
    'a = "b" \\ c',
  );
  assert.equal(
    titleOf('WM_NAME(COMPOUND_TEXT) = "a = "b" \\ Grüße"\nWM_CLASS(STRING) = "a", "B"\n'),
    'a = "b" \\ Grüße',
  );
});

test('keeps a title with line breaks as one complete line', () => {
  assert.equal(titleOf('WM_NAME(STRING) = "two\\012lines"\nWM_CLASS(STRING) = "a", "B"\n'), 'two lines');
  assert.equal(titleOf('_NET_WM_NAME(UTF8_STRING) = "two\nlines"\nWM_NAME(STRING) = "old"\n'), 'two lines');
});

test('decodes octal escapes as UTF-8, or else as Latin-1', () => {
  assert.equal(titleOf('WM_NAME(STRING) = "a \\342\\200\\224 b"\n'), 'a — b');
  assert.equal(titleOf('WM_NAME(STRING) = "Gr\\374n"\n'), 'Grün');
});

test('an empty title is empty', () => {
  assert.equal(
    titleOf('_NET_WM_NAME(UTF8_STRING) = ""\nWM_NAME(STRING) = ""\nWM_CLASS(STRING) = "a", "B"\n'),
    '',
  );
});
