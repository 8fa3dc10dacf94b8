import assert from 'node:assert/strict';
import { InputCounter } from '../../../../agent/src/sources/native/input-counter.ts';
import type { BatchMessage, MomentBody } from '../../../../agent/src/sources/native/input-message.ts';
import { TestRuntime } from '../../../support/time/test-runtime.ts';

/** Codes of the hook. */
const CODES = {
  ...{ A: 30, B: 48, C: 46, D: 32, E: 18, H: 35, I: 23, K: 37, L: 38, O: 24, Q: 16, T: 20, V: 47, X: 45 },
  ...{ Digit1: 2, Space: 57, Enter: 28, Backspace: 14, ArrowLeft: 57419, AltRight: 3640 },
};
type KeyName = keyof typeof CODES;

interface Bench {
  readonly runtime: TestRuntime;
  readonly counter: InputCounter;
  readonly sent: BatchMessage[];
  /** Presses and releases keys, a millisecond each. */
  type(...names: KeyName[]): void;
  /** What was sent up to now, with what was still open. */
  moments(type: MomentBody['activity_type']): unknown[];
  sum(): Record<'keys' | 'clicks' | 'scrolls' | 'distancePx', number>;
}

const key = (name: KeyName, held: Partial<Record<'altKey' | 'ctrlKey' | 'metaKey', boolean>> = {}) => ({
  keycode: CODES[name],
  altKey: false,
  ctrlKey: false,
  metaKey: false,
  ...held,
});

function bench({ detail = 'events' as 'events' | 'counts', mouseMoveIntervalMs = 500 } = {}): Bench {
  const runtime = new TestRuntime();
  const sent: BatchMessage[] = [];
  const counter = new InputCounter({
    runtime,
    detail,
    mouseMoveIntervalMs,
    send: (batch) => sent.push(batch),
  });
  return {
    runtime,
    counter,
    sent,
    type(...names) {
      for (const name of names) {
        counter.keyDown(key(name));
        counter.keyUp(key(name));
        runtime.pass(1);
      }
    },
    moments(type) {
      counter.flush();
      return sent
        .flatMap(({ moments }) => moments.map(({ body }) => body))
        .filter((body) => body.activity_type === type);
    },
    sum() {
      counter.flush();
      const total = { keys: 0, clicks: 0, scrolls: 0, distancePx: 0 };
      for (const { counts } of sent) {
        for (const interval of counts) {
          for (const name of ['keys', 'clicks', 'scrolls', 'distancePx'] as const)
            total[name] += interval[name];
        }
      }
      return total;
    },
  };
}

const word = (length: number, corrections = 0) => ({ activity_type: 'word', length, corrections });

test('counts every press once and says its class', () => {
  const { type, sum, moments } = bench();
  type('H', 'I', 'Digit1', 'Space');
  assert.equal(sum().keys, 4);
  assert.deepEqual(
    moments('key_press').map((body) => (body as { key_class: string }).key_class),
    ['letter', 'letter', 'digit', 'space'],
  );
});

test('counts a held key once, until it is released', () => {
  const { runtime, counter, sum } = bench();
  counter.keyDown(key('X'));
  for (let repeat = 0; repeat < 50; repeat += 1) {
    runtime.pass(40);
    counter.keyDown(key('X'));
  }
  counter.keyUp(key('X'));
  counter.keyDown(key('X'));
  assert.equal(sum().keys, 2);
});

test('counts a key again whose release was lost', () => {
  const { runtime, counter, sum } = bench();
  counter.keyDown(key('L', { metaKey: true }));
  runtime.pass(60_000);
  counter.keyDown(key('L'));
  assert.equal(sum().keys, 2);
});

test('ends a word with space or enter, and reports its length and corrections', () => {
  const { type, moments } = bench();
  type('T', 'E', 'H', 'Backspace', 'Backspace', 'H', 'E', 'Space', 'O', 'K', 'Enter', 'Space', 'Enter');
  assert.deepEqual(moments('word'), [word(3, 2), word(2)]);
});

test('backspaces before a word are no corrections of it', () => {
  const { type, moments } = bench();
  type('Backspace', 'Backspace', 'A', 'Space');
  assert.deepEqual(moments('word'), [word(1)]);
});

test('a word that was left by navigation, a click or a shortcut does not count', () => {
  const { type, counter, moments } = bench();
  type('A', 'B', 'ArrowLeft', 'C', 'Space');
  type('A', 'B');
  counter.mouseDown({ button: 1, x: 1, y: 1 });
  type('C', 'D', 'Space');
  type('A', 'B');
  counter.keyDown(key('V', { ctrlKey: true }));
  type('C', 'D', 'E', 'Space');
  assert.deepEqual(moments('word'), [word(1), word(2), word(3)]);
});

test('a shortcut ends no word', () => {
  const { type, counter, moments } = bench();
  type('A', 'B');
  counter.keyDown(key('Space', { altKey: true }));
  assert.deepEqual(moments('word'), []);
});

test('AltGr types characters: it is no shortcut, neither as Windows nor as X11 reports it', () => {
  const { type, counter, moments } = bench();
  type('A');
  counter.keyDown(key('AltRight', { altKey: true, ctrlKey: true }));
  counter.keyDown(key('Q', { altKey: true, ctrlKey: true }));
  counter.keyDown(key('E', { altKey: true }));
  counter.keyUp(key('AltRight'));
  type('Space');
  assert.deepEqual(moments('word'), [word(3)]);
});

test('with counts no moment is made, whatever happens', () => {
  const { type, counter, sent, sum, runtime } = bench({ detail: 'counts' });
  type('A', 'B', 'Space');
  counter.mouseDown({ button: 1, x: 1, y: 1 });
  counter.mouseUp({ button: 1, x: 1, y: 1 });
  counter.mouseMove({ x: 4, y: 5 });
  counter.wheel({ direction: 3, rotation: 1 });
  runtime.pass(5000);
  assert.deepEqual(sum(), { keys: 3, clicks: 1, scrolls: 1, distancePx: 5 });
  assert.deepEqual(
    sent.flatMap(({ moments }) => moments),
    [],
  );
});

test('a click is press and release with its button and place, and counts once', () => {
  const { counter, moments, sum } = bench();
  for (const button of [1, 2, 3, 4]) {
    counter.mouseDown({ button, x: 7, y: 9 });
    counter.mouseUp({ button, x: 7, y: 9 });
  }
  const at = { activity_type: 'mouse_click', x: 7, y: 9 };
  assert.deepEqual(
    moments('mouse_click'),
    (['left', 'right', 'middle', 'other'] as const).flatMap((button) => [
      { ...at, button, action: 'press' },
      { ...at, button, action: 'release' },
    ]),
  );
  assert.equal(sum().clicks, 4);
});

test('adds up scrolling of 100 ms per direction', () => {
  const { counter, runtime, moments, sum } = bench();
  for (const rotation of [-1, -1, -1, 1]) {
    counter.wheel({ direction: 3, rotation });
    runtime.pass(10);
  }
  counter.wheel({ direction: 4, rotation: -1 });
  counter.wheel({ direction: 4, rotation: 1 });
  runtime.pass(150);
  counter.wheel({ direction: 4, rotation: 1 });
  counter.wheel({ direction: 4, rotation: 0 });
  const scroll = (direction: string, amount: number) => ({
    activity_type: 'mouse_scroll',
    direction,
    amount,
  });
  assert.deepEqual(moments('mouse_scroll'), [
    scroll('up', 3),
    scroll('down', 1),
    scroll('left', 1),
    scroll('right', 1),
    scroll('right', 1),
  ]);
  assert.equal(sum().scrolls, 7);
});

test('reports mouse moves once an interval; their paths add up to the whole', () => {
  const { counter, runtime, sent, moments, sum } = bench({ mouseMoveIntervalMs: 1000 });
  for (let index = 0; index <= 300; index += 1) {
    counter.mouseMove({ x: index * 3, y: index * 4 });
    runtime.pass(10);
  }
  assert.equal(sent.flatMap((batch) => batch.moments).length, 3);
  runtime.pass(2000);
  assert.equal(sent.flatMap((batch) => batch.moments).length, 4, 'the rest comes by itself');
  const reported = moments('mouse_move') as { distance_px: number }[];
  assert.equal(
    reported.reduce((total, { distance_px }) => total + distance_px, 0),
    1500,
  );
  assert.equal(sum().distancePx, 1500);
});

test('an interval spans at most 100 ms and says how long ago it began', () => {
  const { counter, runtime, sent } = bench();
  for (let index = 0; index < 4; index += 1) {
    counter.keyDown(key('A'));
    counter.keyUp(key('A'));
    runtime.pass(60);
  }
  runtime.pass(1000);
  assert.deepEqual(
    sent.flatMap(({ counts }) => counts.map(({ agoMs, keys }) => ({ agoMs, keys }))),
    [
      { agoMs: 500, keys: 2 },
      { agoMs: 380, keys: 2 },
    ],
  );
});

test('at most two messages a second go out, and none while nothing happens', () => {
  const { counter, runtime, sent } = bench();
  for (let index = 0; index < 1000; index += 1) {
    counter.mouseMove({ x: index, y: 0 });
    counter.keyDown(key('A'));
    counter.keyUp(key('A'));
    runtime.pass(10);
  }
  assert.ok(sent.length <= 20, `${sent.length} messages in 10 s`);
  runtime.pass(1000);
  const before = sent.length;
  runtime.pass(3_600_000);
  assert.equal(sent.length, before);
  assert.equal(runtime.timers, 0);
});

test('moments come in the order in which they happened', () => {
  const { counter, runtime, sent, type } = bench();
  counter.mouseMove({ x: 0, y: 0 });
  counter.mouseMove({ x: 9, y: 0 });
  counter.wheel({ direction: 3, rotation: 1 });
  runtime.pass(5);
  type('A');
  runtime.pass(2000);
  const ages = sent.map(({ moments }) => moments.map(({ agoMs }) => agoMs));
  for (const each of ages)
    assert.deepEqual(
      each,
      each.toSorted((one, other) => other - one),
    );
});
