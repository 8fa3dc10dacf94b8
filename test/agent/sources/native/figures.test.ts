import assert from 'node:assert/strict';
import {
  type Count,
  Counter,
  type Distance,
  Path,
  Pointer,
} from '../../../../agent/src/sources/native/figures.ts';
import type {
  CountsMessage,
  InputMessage,
  MomentBody,
} from '../../../../agent/src/sources/native/input-message.ts';
import { inputMessageSchema } from '../../../../agent/src/sources/native/input-schema.ts';
import type { KeyEvent } from '../../../../agent/src/sources/native/keyboard.ts';

void attemptsToSmuggle;
/** Never run: the type checker is the test. Each line below is an error, and it is an error that one is not. */
function attemptsToSmuggle(
  key: KeyEvent,
  interval: CountsMessage,
  ok: Count,
  path: Distance,
): readonly unknown[] {
  // @ts-expect-error a key code is no count
  const asCount: CountsMessage = { ...interval, keys: key.keycode };
  // @ts-expect-error nor a time
  const asTime: CountsMessage = { ...interval, agoMs: key.keycode };
  const move = { activity_type: 'mouse_move', distance_px: path } as const;
  // @ts-expect-error nor a position: a pointer only takes whole mouse events
  const asPixel: MomentBody = { ...move, x: key.keycode, y: key.keycode };
  // @ts-expect-error nor the length of a word
  const asLength: MomentBody = { activity_type: 'word', length: key.keycode, corrections: ok };
  // @ts-expect-error nor a class
  const asClass: MomentBody = { activity_type: 'key_press', key_class: String.fromCharCode(key.keycode) };
  // @ts-expect-error and there is no field to add it as
  const asField: MomentBody = { activity_type: 'key_press', key_class: 'letter', code: key.keycode };
  // @ts-expect-error a counter takes no number
  new Counter().increment(key.keycode);
  // @ts-expect-error a path takes no number, only the steps of a pointer
  new Path().add(key.keycode);
  // @ts-expect-error a message of another kind does not exist
  const asMessage: InputMessage = { kind: 'key', code: key.keycode };
  return [asCount, asTime, asPixel, asLength, asClass, asField, asMessage];
}

const valid = {
  kind: 'batch',
  counts: [{ agoMs: 1.5, keys: 1, clicks: 0, scrolls: 0, distancePx: 0 }],
  moments: [{ agoMs: 1.5, body: { activity_type: 'key_press', key_class: 'letter' } }],
};

test('the parent accepts what the capture process says', () => {
  assert.equal(inputMessageSchema.safeParse(valid).success, true);
});

test('the parent refuses a message with anything more in it', () => {
  const [interval] = valid.counts;
  const smuggled = [
    { ...valid, code: 30 },
    { ...valid, counts: [{ ...interval, code: 30 }] },
    { ...valid, counts: [{ ...interval, keys: 'a' }] },
    { ...valid, moments: [{ agoMs: 1, body: { activity_type: 'key_press', key_class: 'a' } }] },
    {
      ...valid,
      moments: [{ agoMs: 1, body: { activity_type: 'key_press', key_class: 'letter', code: 30 } }],
    },
    { ...valid, moments: [{ agoMs: 1, body: { activity_type: 'app_change', app: 'a' } }] },
    { kind: 'ready', key: 'a' },
    { kind: 'failed', cause: 'a' },
    'a',
  ];
  for (const message of smuggled) {
    assert.equal(inputMessageSchema.safeParse(message).success, false, JSON.stringify(message));
  }
});

test('returns each count once and starts again from zero', () => {
  const counter = new Counter();
  counter.increment();
  counter.increment();
  counter.decrement();
  assert.equal(counter.take(), 1);
  counter.decrement();
  assert.equal(counter.take(), 0);
});

test('parts of a path add up to the whole, however it is cut', () => {
  const pointer = new Pointer();
  const whole = new Path();
  const cut = new Path();
  let parts = 0;
  for (let index = 0; index <= 50; index += 1) {
    const step = pointer.step({ x: index * 3, y: index });
    whole.add(step);
    cut.add(step);
    if (index % 7 === 0) parts += cut.take();
  }
  assert.equal(parts + cut.take(), whole.take());
});

test('the first position of a pointer is no movement', () => {
  const path = new Path();
  path.add(new Pointer().step({ x: 500, y: 500 }));
  assert.equal(path.take(), 0);
});
