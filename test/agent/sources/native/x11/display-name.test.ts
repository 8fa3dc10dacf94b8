import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDisplay } from '../../../../../agent/src/sources/native/x11/display-name.ts';

test('a display of this machine is named by its number', () => {
  for (const text of [':3', ':3.0', 'unix:3', 'unix:3.1', 'unix/laptop:3']) {
    assert.deepEqual(parseDisplay(text), { host: null, number: 3 }, text);
  }
});

test('a display of another machine is named by its host', () => {
  assert.deepEqual(parseDisplay('host.example:12.0'), { host: 'host.example', number: 12 });
  assert.deepEqual(parseDisplay('localhost:10.0'), { host: 'localhost', number: 10 });
  assert.deepEqual(parseDisplay('tcp/10.0.0.7:1'), { host: '10.0.0.7', number: 1 });
  assert.deepEqual(parseDisplay('[fe80::1]:1'), { host: 'fe80::1', number: 1 });
});

test('anything else names no display', () => {
  for (const text of ['', ':', ':x', '0', ':0.x', ':-1', ':59536', 'host'])
    assert.equal(parseDisplay(text), null, text);
});
