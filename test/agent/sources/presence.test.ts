import assert from 'node:assert/strict';
import { type PresenceOptions, presence } from '../../../agent/src/sources/presence.ts';
import type { InputCounts } from '../../../agent/src/sources/signals.ts';
import { TestRuntime } from '../../support/time/test-runtime.ts';

function bench(options: Omit<PresenceOptions, 'runtime'> = {}) {
  const runtime = new TestRuntime();
  const beganMs = runtime.monotonic();
  const said: string[] = [];
  const source = presence({ runtime, ...options });
  const started = source.start(({ atMs, body }) =>
    said.push(`${body.phase} ${body.input} at ${(atMs - beganMs) / 1000} for ${body.duration_s}`),
  );
  const input = (figures: Partial<InputCounts>) =>
    source.observe({
      counts: [{ atMs: runtime.monotonic(), keys: 0, clicks: 0, scrolls: 0, distancePx: 0, ...figures }],
      moments: [],
    });
  return { runtime, source, said, started, input, beganMs };
}

test('reports each input as idle separately, and both together', () => {
  const { runtime, said, input } = bench();
  for (let second = 0; second < 10; second += 1) {
    runtime.pass(1000);
    input({ keys: 1 });
  }
  assert.deepEqual(said, ['start mouse at 0 for 5']);
  runtime.pass(10_000);
  assert.deepEqual(said.slice(1), ['start keyboard at 10 for 5', 'start any at 10 for 5']);
});

test('ends idleness at an input and reports its duration', () => {
  const { runtime, said, input } = bench();
  runtime.pass(20_000);
  said.length = 0;
  input({ distancePx: 3 });
  runtime.pass(1500);
  input({ keys: 1 });
  assert.deepEqual(said, ['end mouse at 20 for 20', 'end any at 20 for 20', 'end keyboard at 21.5 for 21.5']);
});

test('silence shorter than the threshold is none, and the threshold can be chosen', () => {
  const { runtime, said, input } = bench({ thresholdMs: 30_000 });
  for (let round = 0; round < 5; round += 1) {
    runtime.pass(29_000);
    input({ keys: 1, clicks: 1 });
  }
  assert.deepEqual(said, []);
  runtime.pass(40_000);
  assert.deepEqual(
    said,
    ['keyboard', 'mouse', 'any'].map((input) => `start ${input} at 145 for 30`),
  );
});

test('counts late input of a batch against idleness', () => {
  const { runtime, said, source, beganMs } = bench();
  runtime.pass(5500);
  const interval = { atMs: beganMs + 4900, keys: 1, clicks: 1, scrolls: 0, distancePx: 0 };
  source.observe({ counts: [interval], moments: [] });
  runtime.pass(4000);
  assert.deepEqual(said, []);
});

for (const [what, nap] of [
  ['sleep of the machine', (runtime: TestRuntime) => runtime.sleep(8 * 3_600_000)],
  ['stall of the process', (runtime: TestRuntime) => runtime.stall(8 * 3_600_000)],
] as const) {
  test(`a ${what} is no silence: an idle ends before it and counting begins anew`, () => {
    const { runtime, said } = bench();
    runtime.pass(10_000);
    said.length = 0;
    nap(runtime);
    runtime.pass(3000);
    assert.deepEqual(
      said,
      ['keyboard', 'mouse', 'any'].map((input) => `end ${input} at 10 for 10`),
    );
    runtime.pass(10_000);
    assert.equal(said.length, 6);
    assert.ok(said.slice(3).every((line) => line.startsWith('start') && line.endsWith('for 5')));
  });

  test(`input right after a ${what} ends an idle with what it was before`, () => {
    const { runtime, said, input } = bench();
    runtime.pass(10_000);
    said.length = 0;
    nap(runtime);
    input({ keys: 1 });
    assert.deepEqual(
      said,
      ['keyboard', 'mouse', 'any'].map((input) => `end ${input} at 10 for 10`),
    );
  });
}

test('while input is not captured nobody is called idle', () => {
  let isCapturing = true;
  const { runtime, said } = bench({ isCapturing: () => isCapturing });
  runtime.pass(10_000);
  said.length = 0;
  isCapturing = false;
  runtime.pass(60_000);
  assert.equal(said.length, 3);
  assert.ok(said.every((line) => line.startsWith('end') && line.endsWith('for 10')));
  isCapturing = true;
  runtime.pass(5000);
  assert.equal(said.length, 3);
});

test('after close nothing is said and no timer is left', async () => {
  const { runtime, source, said, input } = bench();
  await source.close();
  await source.close();
  runtime.pass(60_000);
  input({ keys: 1 });
  assert.deepEqual(said, []);
  assert.equal(runtime.timers, 0);
});
