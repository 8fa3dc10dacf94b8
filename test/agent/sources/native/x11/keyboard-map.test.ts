/** Classes of keys under layouts that a real server has loaded. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { keyboardLayout } from '../../../../../agent/src/sources/native/x11/keyboard-layout.ts';
import { KeyboardMap } from '../../../../../agent/src/sources/native/x11/keyboard-map.ts';
import { XConnection } from '../../../../../agent/src/sources/native/x11/x-connection.ts';
import { openXSession, until, type XSession } from '../../../../support/x-session.ts';

const run = promisify(execFile);

/** Key codes by the name of the key on a US keyboard; the same on every PC keyboard. */
const KEYS = { '1': 10, '=': 21, Q: 24, A: 38, ';': 47, '.': 60, KP7: 79, KP1: 87, VolumeUp: 123 } as const;
const SHIFT = 1;
const CONTROL = 4;
const ALT = 8;
const NUM_LOCK = 16;
const SUPER = 64;
const ALT_GR = 128;
const SECOND_GROUP = 1 << 13;

let session: XSession;
let connection: XConnection;
before(async () => {
  session = await openXSession();
  connection = await XConnection.open(session.env);
});
after(async () => {
  connection.close();
  await session.close();
});

const event = (name: keyof typeof KEYS, state: number) => {
  const detail = KEYS[name];
  return { type: 2, detail, state, serverMs: 0, x: 0, y: 0 };
};

async function layout(name: string): Promise<(key: keyof typeof KEYS, state?: number) => string> {
  await run('setxkbmap', [name], { env: session.env });
  const map = await keyboardLayout(connection);
  return (key, state = 0) => map.key(event(key, state)).keyClass;
}

test('us: keys are what is printed on them', async () => {
  const key = await layout('us');
  assert.deepEqual(
    [key('Q'), key('1'), key(';'), key('VolumeUp')],
    ['letter', 'digit', 'punctuation', 'media'],
  );
  assert.equal(key('1', SHIFT), 'punctuation');
});

test('the keypad types digits with num lock and moves without it, and shift turns that round', async () => {
  const key = await layout('us');
  assert.deepEqual([key('KP7'), key('KP7', SHIFT)], ['navigation', 'digit']);
  assert.deepEqual([key('KP1', NUM_LOCK), key('KP1', NUM_LOCK | SHIFT)], ['digit', 'navigation']);
});

test('fr: digits are shifted, and a letter stands where the us layout has none', async () => {
  const key = await layout('fr');
  assert.deepEqual([key('1'), key('1', SHIFT), key(';')], ['punctuation', 'digit', 'letter']);
});

test('de: AltGr reaches the third level, and a dead key types nothing by itself', async () => {
  const key = await layout('de');
  assert.deepEqual([key('Q'), key('Q', ALT_GR)], ['letter', 'punctuation']);
  assert.deepEqual([key(';'), key('=')], ['letter', 'modifier']);
});

test('us,ru: the group that is switched to counts', async () => {
  const key = await layout('us,ru');
  assert.deepEqual([key('.'), key('.', SECOND_GROUP)], ['punctuation', 'letter']);
  assert.deepEqual([key(';', SECOND_GROUP), key('A', SECOND_GROUP | SHIFT)], ['letter', 'letter']);
  assert.equal(key('1', SECOND_GROUP), 'digit');
  assert.equal(key('.', SECOND_GROUP | ALT_GR), 'letter', 'without a third level the first counts');
});

test('gr, il and th: letters are letters', async () => {
  for (const name of ['gr', 'il', 'th']) assert.equal((await layout(name))('A'), 'letter', name);
});

test('control, alt and super make a shortcut, shift, locks and AltGr do not', async () => {
  await run('setxkbmap', ['de'], { env: session.env });
  const map = await keyboardLayout(connection);
  for (const state of [CONTROL, ALT, SUPER, CONTROL | SHIFT]) {
    assert.equal(map.key(event('Q', state)).isShortcut, true, String(state));
  }
  for (const state of [0, SHIFT, 2, NUM_LOCK, ALT_GR, SECOND_GROUP, 256]) {
    assert.equal(map.key(event('Q', state)).isShortcut, false, String(state));
  }
});

test('another layout is taken over while capture goes on', async () => {
  await run('setxkbmap', ['us'], { env: session.env });
  const map = await keyboardLayout(connection);
  assert.equal(map.key(event(';', 0)).keyClass, 'punctuation');
  await run('setxkbmap', ['fr'], { env: session.env });
  await until(() => map.key(event(';', 0)).keyClass === 'letter');
});

test('of a layout nothing is kept but classes and masks', async () => {
  const map = await keyboardLayout(connection);
  assert.deepEqual(Object.keys(map), []);
  const { keycode, ...rest } = map.key(event('Q', 0));
  assert.equal(keycode, KEYS.Q);
  assert.deepEqual(rest, { keyClass: 'letter', isShortcut: false });
});

test('before a layout is there, and for a key that it does not have, the class is other', () => {
  const map = new KeyboardMap();
  assert.equal(map.key(event('Q', 0)).keyClass, 'other');
  const mapping = Buffer.alloc(32 + 4);
  mapping[1] = 1;
  mapping.writeUInt32LE(0x61, 32);
  map.load(KEYS.Q, mapping, Buffer.alloc(32));
  assert.equal(map.key(event('Q', 0)).keyClass, 'letter');
  assert.equal(map.key(event('Q', SHIFT | SECOND_GROUP)).keyClass, 'letter');
  assert.equal(map.key(event('A', 0)).keyClass, 'other');
});
