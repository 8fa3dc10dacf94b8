/** Listeners of a tracker: how they are added and removed, and what happens to their failures. */
import assert from 'node:assert/strict';
import { createLogger, TrackerProblemError, type TrackerStatus } from '@kinetrack/agent';
import { refusingSpool } from '../support/agent/refusing-spool.ts';
import { trackerSession } from '../support/agent/tracker-session.ts';

test('calls a listener of once() for one event, and none that was removed before', async () => {
  const { tracker } = await trackerSession();
  const seen: string[] = [];
  tracker.once('event', ({ activity_type }) => seen.push(`once ${activity_type}`));
  tracker.once('event', () => seen.push('never'))();
  await tracker.start();
  await tracker.track('a');
  await tracker.track('b');
  assert.deepEqual(seen, ['once system']);
});

test('removes the latest subscription of a listener with off(), and ignores one it does not know', async () => {
  const { tracker } = await trackerSession();
  let calls = 0;
  const listener = () => {
    calls += 1;
  };
  await tracker.start();
  await tracker.flush();
  tracker.on('event', listener);
  tracker.on('event', listener);
  await tracker.track('a');
  assert.equal(calls, 2);
  tracker.off('event', listener);
  await tracker.track('b');
  assert.equal(calls, 3);
  tracker.off('event', listener);
  tracker.off('event', listener);
  tracker.off('status', () => {});
  await tracker.track('c');
  assert.equal(calls, 3);
});

test('calls a listener that another one adds from the next event on, and not one that it removes', async () => {
  const { tracker } = await trackerSession();
  await tracker.start();
  await tracker.flush();
  const seen: string[] = [];
  const removed = () => seen.push('removed');
  tracker.once('event', () => {
    tracker.off('event', removed);
    tracker.on('event', () => seen.push('added'));
  });
  tracker.on('event', removed);
  await tracker.track('a');
  assert.deepEqual(seen, []);
  await tracker.track('b');
  assert.deepEqual(seen, ['added']);
});

for (const [how, listener] of [
  [
    'throws',
    () => {
      throw new RangeError('mine');
    },
  ],
  ['rejects', () => Promise.reject(new RangeError('mine'))],
] as const) {
  test(`reports a listener that ${how} as an event, in the log and in the status`, async () => {
    const lines: string[] = [];
    const logger = createLogger({ write: (line) => lines.push(line) });
    const { tracker, runtime } = await trackerSession({ options: { logger } });
    const problems: TrackerProblemError[] = [];
    const others: string[] = [];
    tracker.on('error', (problem) => problems.push(problem));
    await tracker.start();
    await tracker.flush();
    tracker.on('event', listener);
    tracker.on('event', ({ activity_type }) => others.push(activity_type));
    await tracker.track('a');
    await runtime.advance(500);

    const [problem, ...more] = problems;
    assert.deepEqual(more, []);
    assert.ok(problem instanceof TrackerProblemError && problem instanceof Error);
    assert.deepEqual(
      [problem.code, problem.message, problem.cause],
      ['listener_failed', "a listener of 'event' threw: mine", new RangeError('mine')],
    );
    assert.deepEqual(tracker.status().lastError, {
      at: problem.at,
      code: 'listener_failed',
      message: problem.message,
    });
    assert.deepEqual(JSON.parse(JSON.stringify(problem)), tracker.status().lastError);
    assert.equal(lines.filter((line) => line.includes('a listener threw')).length, 1);
    assert.deepEqual(others, ['custom']);
    assert.equal(tracker.status().state, 'running');
  });
}

test('reports a listener of error that throws in the log and the status, and does not call it again for that', async () => {
  const lines: string[] = [];
  const logger = createLogger({ write: (line) => lines.push(line) });
  const { tracker, runtime } = await trackerSession({ options: { logger } });
  let calls = 0;
  tracker.on('error', async () => {
    calls += 1;
    throw new Error('of the error listener');
  });
  await tracker.start();
  await tracker.flush();
  tracker.once('event', () => {
    throw new Error('of the event listener');
  });
  await tracker.track('a');
  await runtime.advance(500);
  assert.equal(calls, 1);
  assert.equal(tracker.status().lastError?.message, "a listener of 'error' threw: of the error listener");
  assert.equal(lines.filter((line) => line.includes('a listener threw')).length, 2);
});

test('emits what the destination and the queue refuse as errors with a code', async () => {
  const disk = refusingSpool();
  const { tracker, sink, runtime } = await trackerSession({ options: { spool: disk.spool } });
  const codes = new Set<string>();
  tracker.on('error', (problem) => {
    assert.ok(problem instanceof Error && problem.at.endsWith('Z'));
    codes.add(`${problem.code}: ${problem.message}`);
  });
  sink.answer = () => Promise.reject(new Error('offline'));
  await tracker.start();
  await runtime.advance(10_000);
  assert.deepEqual([...codes], ['delivery_failed: fake failed: offline']);
  disk.isRefusing = true;
  void tracker.track('a');
  await runtime.advance(2000);
  assert.ok(codes.has('queue_failed: disk full'));
  const flushed = await runtime.advanceUntil(tracker.flush());
  assert.equal(flushed.status === 'pending' ? flushed.reason : '', 'disk full');
  disk.isRefusing = false;
});

test('closes at the end of its scope with `await using`', async () => {
  const session = await trackerSession();
  const states: TrackerStatus['state'][] = [];
  {
    await using tracker = session.tracker;
    tracker.on('status', ({ state }) => states.push(state));
    await tracker.start();
    await tracker.track('a');
  }
  assert.equal(states.at(-1), 'closed');
  assert.equal(session.eventsOf('custom').length, 1);
});
