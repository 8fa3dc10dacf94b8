import assert from 'node:assert/strict';
import { ObservedClock } from '../../../agent/src/enrich/observed-clock.ts';
import { TestRuntime } from '../../support/time/test-runtime.ts';

function started() {
  const runtime = new TestRuntime();
  return { runtime, clock: new ObservedClock(runtime), wallMs: runtime.now(), atMs: runtime.monotonic() };
}

test('maps monotonic moments to UTC while both clocks run together', () => {
  const { runtime, clock, wallMs, atMs } = started();
  runtime.pass(5000);
  assert.equal(clock.check(), null);
  assert.equal(clock.toWall(atMs + 2500), wallMs + 2500);
  assert.equal(clock.nowMs(), wallMs + 5000);
});

test('calls a jump of the wall clock sleep, and ends at the last check before it', () => {
  const { runtime, clock, wallMs } = started();
  runtime.pass(5000);
  clock.check();
  runtime.pass(300);
  runtime.sleep(3_600_000);
  runtime.pass(400);
  assert.deepEqual(clock.check(), { cause: 'slept', fromMs: wallMs + 5000, toMs: wallMs + 3_605_700 });
  assert.equal(clock.check(), null, 'a gap is reported once');
});

test('detects sleep even if the monotonic clock advances', () => {
  const { runtime, clock, wallMs } = started();
  runtime.stall(600_000);
  assert.deepEqual(clock.check(), { cause: 'slept', fromMs: wallMs, toMs: wallMs + 600_000 });
});

test('distinguishes a wall clock that was set back from sleep', () => {
  const { runtime, clock } = started();
  runtime.pass(1000);
  runtime.shiftWallClock(-3_600_000);
  assert.equal(clock.check()?.cause, 'clock_set');
});

test('absorbs a small step of the wall clock over several checks, without a gap', () => {
  const { runtime, clock } = started();
  runtime.shiftWallClock(1500);
  let before = clock.nowMs();
  for (let second = 0; second < 60; second += 1) {
    runtime.pass(1000);
    assert.equal(clock.check(), null);
    const passedMs = clock.nowMs() - before;
    assert.ok(passedMs >= 950 && passedMs <= 1050, `a second lasted ${passedMs} ms`);
    before = clock.nowMs();
  }
  assert.equal(clock.nowMs(), runtime.now());
});

test('follows a clock that drifts by less than a twentieth for ever', () => {
  const { runtime, clock } = started();
  for (let second = 0; second < 3600; second += 1) {
    runtime.pass(1000);
    runtime.shiftWallClock(20);
    assert.equal(clock.check(), null);
  }
});

test('assigns earlier moments the time of the stretch before', () => {
  const { runtime, clock, wallMs, atMs } = started();
  runtime.pass(4000);
  clock.check();
  runtime.sleep(60_000);
  clock.check();
  assert.equal(clock.covers(atMs + 1000), false);
  assert.equal(clock.covers(clock.startMs), true);
  assert.equal(clock.toWall(atMs + 1000), wallMs + 1000);
  assert.equal(clock.toWall(clock.startMs), wallMs + 64_000);
});
