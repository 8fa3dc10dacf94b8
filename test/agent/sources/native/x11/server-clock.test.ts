import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ServerClock } from '../../../../../agent/src/sources/native/x11/server-clock.ts';

const WRAP = 2 ** 32;
const HOUR_MS = 3_600_000;

/** A clock that has seen one event at once, at 1000 of ours and at that time of the server's. */
function clockAt(serverMs: number) {
  let nowMs = 1000;
  const clock = new ServerClock({ monotonic: () => nowMs });
  const read = (atMs: number, ...serverTimes: readonly number[]): number[] => {
    nowMs = atMs;
    clock.readNow();
    return serverTimes.map((time) => {
      clock.follow(time);
      return clock.monotonic();
    });
  };
  assert.deepEqual(read(1000, serverMs), [1000]);
  return read;
}

test('events that are read late keep the times at which they happened', () => {
  const read = clockAt(77_000);
  assert.deepEqual(read(1500, 77_010, 77_250, 77_499), [1010, 1250, 1499]);
});

test('the smallest difference of the clocks counts: waiting makes it larger, never smaller', () => {
  const read = clockAt(77_000);
  assert.deepEqual(read(1500, 77_100), [1100]);
  assert.deepEqual(read(2000, 78_050), [2000], 'the clocks are nearer than the first event said');
  assert.deepEqual(read(2500, 78_150), [2100]);
});

test('the server counts on from zero after 2^32 ms', () => {
  const read = clockAt(WRAP - 100);
  assert.deepEqual(read(1400, WRAP - 1, 0, 50, 299), [1099, 1100, 1150, 1399]);
});

test('clocks that drift apart do not leave events in the past', () => {
  const read = clockAt(0);
  // The server is slow by 0.05 ms a second: 1.2 s in seven hours.
  for (let second = 1; second <= 7 * 3600; second += 1) {
    const nowMs = 1000 + second * 1000;
    const [atMs = 0] = read(nowMs, Math.floor(second * 999.95));
    assert.ok(nowMs - atMs >= 0 && nowMs - atMs < 100, `${nowMs - atMs} ms off after ${second} s`);
  }
});

test('a server whose clock is fast is followed too', () => {
  const read = clockAt(0);
  for (let second = 1; second <= 3600; second += 1) {
    const nowMs = 1000 + second * 1000;
    const [atMs = 0] = read(nowMs, Math.ceil(second * 1000.05));
    assert.equal(atMs, nowMs);
  }
});

test('after a long silence, or when a clock jumped, the event is taken to be new', () => {
  const read = clockAt(1000);
  assert.deepEqual(read(1000 + 3 * HOUR_MS, 1000 + 2 * HOUR_MS), [1000 + 3 * HOUR_MS]);
  assert.deepEqual(read(2000 + 3 * HOUR_MS, 1500 + 2 * HOUR_MS), [1500 + 3 * HOUR_MS]);
  assert.deepEqual(read(3000 + 3 * HOUR_MS, 500), [3000 + 3 * HOUR_MS], 'backwards');
});

test('times never run backwards while the clocks do not', () => {
  const read = clockAt(0);
  let before = 0;
  let serverMs = 0;
  for (let batch = 1; batch < 4000; batch += 1) {
    const nowMs = 1000 + batch * 490;
    const events = Array.from({ length: 5 }, (_, index) => serverMs + Math.floor((index + 1) * 90.3));
    serverMs = events.at(-1) ?? 0;
    for (const atMs of read(nowMs, ...events)) {
      assert.ok(atMs >= before && atMs <= nowMs, `${atMs} after ${before}, read at ${nowMs}`);
      before = atMs;
    }
  }
});
