import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { KEY_CLASSES, type KeyClass } from '@kinetrack/schema';
import { keyClassOf } from '../../../../agent/src/sources/native/key-class.ts';

/** The hook's own table, by a process that may fail afterwards: the hook does not unload well without a display. */
function hookTable(): Record<string, number> {
  const script = "console.log(JSON.stringify(require('uiohook-napi').UiohookKey))";
  return JSON.parse(spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' }).stdout);
}

/** What each name of the hook's own table is, written down by the meaning of the name. */
function expected(name: string): KeyClass {
  if (/^[A-Z]$/.test(name)) return 'letter';
  if (/^(Numpad)?[0-9]$/.test(name)) return 'digit';
  if (/^F\d+$/.test(name) || name === 'PrintScreen') return 'function';
  if (/^(Ctrl|Alt|Shift|Meta)(Right)?$|Lock$/.test(name)) return 'modifier';
  if (/^(Numpad)?(Page(Up|Down)|End|Home|Insert|Arrow\w+)$/.test(name)) return 'navigation';
  if (/^(Numpad)?Delete$/.test(name)) return 'delete';
  if (/^(Numpad)?Enter$/.test(name)) return 'enter';
  const own: Partial<Record<string, KeyClass>> = {
    Backspace: 'backspace',
    Tab: 'tab',
    Escape: 'escape',
    Space: 'space',
  };
  return own[name] ?? 'punctuation';
}

test('every key that the hook has a name for gets the class of that name', () => {
  const table = Object.entries(hookTable());
  const wrong = table.filter(([name, code]) => keyClassOf(code) !== expected(name));
  assert.deepEqual(wrong, []);
  assert.ok(table.length > 100);
});

test('volume and play keys are media', () => {
  for (const code of [0xe020, 0xe02e, 0xe030, 0xe022, 0xe019]) assert.equal(keyClassOf(code), 'media');
});

test('a code that nothing is known about is other, and no code has a class outside the schema', () => {
  assert.equal(keyClassOf(0), 'other');
  assert.equal(keyClassOf(0xffff), 'other');
  for (let code = 0; code <= 0xffff; code += 1) assert.ok(KEY_CLASSES.includes(keyClassOf(code)));
});
