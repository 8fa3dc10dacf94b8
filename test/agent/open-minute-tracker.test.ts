/** When a tracker keeps a draft of the open minute, when it must have none, and what it makes of one that it finds. */
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { ActivityTracker, type Draft, type OpenMinute } from '@kinetrack/agent';
import { FakeSink } from '../support/agent/fake-sink.ts';
import { FakeMachine } from '../support/agent/fake-sources.ts';
import { trackerSession } from '../support/agent/tracker-session.ts';
import { tempDir } from '../support/process/temp-dir.ts';
import { TestRuntime } from '../support/time/test-runtime.ts';

/** A draft in memory, and all that there were. */
class RememberedMinute implements OpenMinute {
  readonly written: Draft[] = [];
  draft: Draft | null = null;

  async write(draft: Draft): Promise<void> {
    this.written.push(draft);
    this.draft = draft;
  }

  async clear(): Promise<void> {
    this.draft = null;
  }

  async recover(): Promise<Draft | null> {
    return this.draft;
  }
}

const at = (second: number): number => Date.UTC(2026, 10, 20, 9, 0, second);
const rangesOf = (drafts: readonly Draft[]) => drafts.map(({ body }) => [body.from_s, body.to_s]);
const keysOf = ({ body }: Draft): number => (body.keys ?? []).reduce((sum, keys) => sum + keys, 0);

test('writes a complete draft every five seconds, and removes it once the minute is in the queue', async () => {
  const openMinute = new RememberedMinute();
  const { runtime, machine, tracker, eventsOf } = await trackerSession({ options: { openMinute } });
  await tracker.start();
  const sessionId = tracker.status().sessionId;
  for (let second = 0; second < 60; second += 1) {
    machine.type({ keys: 1 });
    await runtime.advance(1000);
  }
  assert.deepEqual(
    rangesOf(openMinute.written),
    Array.from({ length: 12 }, (_, i) => [0, 5 * (i + 1)]),
  );
  assert.deepEqual(
    openMinute.written.map(keysOf),
    openMinute.written.map(({ body }) => body.to_s),
  );
  const { body, ...envelope } = openMinute.draft ?? assert.fail('there is none');
  assert.deepEqual(envelope, {
    ...{ atMs: at(0), utc_offset_min: 60, time_zone: 'Europe/Berlin' },
    ...{ session_id: sessionId, user_id: 'jane' },
  });
  await runtime.advance(2000);
  assert.equal(openMinute.draft, null);
  await tracker.flush();
  const [sample] = eventsOf('sample');
  assert.deepEqual({ ...sample, ...body }, sample, 'the last draft is the sample');
});

test('has no draft while nothing is observed: after a pause, across a sleep, at the end', async () => {
  const openMinute = new RememberedMinute();
  const { runtime, tracker, eventsOf } = await trackerSession({ options: { openMinute } });
  await tracker.start();
  await runtime.advance(7000);
  assert.notEqual(openMinute.draft, null);
  await tracker.pause();
  await tracker.flush();
  assert.equal(openMinute.draft, null);
  await runtime.advance(20_000);
  assert.equal(openMinute.draft, null);
  await tracker.resume();
  await runtime.advance(6000);
  assert.deepEqual(rangesOf(openMinute.written), [
    [0, 5],
    [27, 32],
  ]);
  runtime.sleep(3_600_000);
  await runtime.advance(1000);
  assert.equal(openMinute.draft, null);
  await runtime.advance(5000);
  assert.notEqual(openMinute.draft, null);
  await runtime.advanceUntil(tracker.close());
  assert.equal(openMinute.draft, null);
  const seconds = eventsOf('sample').flatMap(({ ts, from_s, to_s }) =>
    Array.from({ length: to_s - from_s }, (_, i) => Date.parse(ts) / 1000 + i),
  );
  assert.equal(new Set(seconds).size, seconds.length);
});

test('delivers what a killed session left before anything of its own', async () => {
  const openMinute = new RememberedMinute();
  const killed = await trackerSession({ options: { openMinute } });
  await killed.tracker.start();
  await killed.runtime.advance(10_000);
  const session_id = '0b6c5f3e-43b4-4f0a-9c3a-2f5a6e1d7c88';
  const draft: Draft = { ...(openMinute.draft ?? assert.fail('there is none')), session_id };

  const own = new RememberedMinute();
  own.draft = draft;
  const { tracker, sink } = await trackerSession({ options: { openMinute: own, userId: 'joan' } });
  await tracker.start();
  await tracker.flush();
  const [first, second] = sink.events();
  assert.deepEqual(
    [first?.seq, first?.activity_type, first?.session_id, first?.user_id, first?.ts],
    [1, 'sample', draft.session_id, 'jane', '2026-11-20T09:00:00.000Z'],
  );
  assert.deepEqual([second?.activity_type, second?.user_id], ['system', 'joan']);
  assert.notEqual(second?.session_id, draft.session_id);
  assert.equal(own.draft, null);
});

test('keeps the draft in its data directory, and writes none with a queue passed as an option', async () => {
  const dataDir = await tempDir();
  const runtime = new TestRuntime();
  const sources = new FakeMachine(runtime).factories;
  const own = new ActivityTracker({ sink: new FakeSink(), dataDir, runtime, sources, keyStore: 'file' });
  await own.start();
  await runtime.advanceUntil(untilFile(dataDir));
  await runtime.advanceUntil(own.close());
  assert.ok(!(await readdir(dataDir)).includes('open-minute'));

  const others = await tempDir();
  const session = await trackerSession({ options: { dataDir: others } });
  await session.tracker.start();
  await session.runtime.advance(30_000);
  assert.deepEqual(await readdir(others), ['device.json']);
});

async function untilFile(dir: string): Promise<void> {
  for (let look = 0; look < 10_000; look += 1) {
    if ((await readdir(dir)).includes('open-minute')) return;
  }
  assert.fail('there was never a draft');
}
