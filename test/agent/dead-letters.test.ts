/** What is refused for good is kept, encrypted, with the reason, and holds nothing up. */
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ActivityTracker, memorySpool, type RecordOutcome, type TrackerStatus } from '@kinetrack/agent';
import { openDeadLetters, readDeadLetters } from '../../agent/src/dead-letters.ts';
import { FakeSink } from '../support/agent/fake-sink.ts';
import { FakeMachine } from '../support/agent/fake-sources.ts';
import { tempDir } from '../support/process/temp-dir.ts';
import { testKeys } from '../support/spool/test-keys.ts';
import { TestRuntime } from '../support/time/test-runtime.ts';

const letter = (seq: number, line = `{"seq":${seq}}`) => ({
  seq,
  code: 'too_large',
  reason: 'an event above 1024000 bytes fits into no record',
  line,
});

test('keeps letters across restarts, and reads them while another has them open', async () => {
  const dir = join(await tempDir(), 'dead-letters');
  const keys = testKeys();
  const first = await openDeadLetters({ dir, keys });
  await assert.rejects(readdir(dir), { code: 'ENOENT' }, 'nothing is made before there is something to keep');
  await Promise.all([first.keep([letter(3)]), first.keep([letter(7), letter(9)])]);
  assert.equal(first.count, 3);
  assert.deepEqual(await readDeadLetters(dir, keys), [letter(3), letter(7), letter(9)]);
  await first.close();
  const second = await openDeadLetters({ dir, keys });
  assert.equal(second.count, 3);
  await second.keep([letter(12)]);
  await second.close();
  assert.deepEqual(
    (await readDeadLetters(dir, keys)).map(({ seq }) => seq),
    [3, 7, 9, 12],
  );
});

test('leaves nothing readable on the disk', async () => {
  const dir = join(await tempDir(), 'dead-letters');
  const letters = await openDeadLetters({ dir, keys: testKeys() });
  await letters.keep([letter(1, '{"title":"Kummerkasten"}')]);
  await letters.close();
  for (const name of await readdir(dir)) {
    assert.equal((await readFile(join(dir, name))).includes('Kummerkasten'), false, name);
  }
});

test('a refused event is a dead letter, a loss that the lake hears of, and no obstacle', async () => {
  const dataDir = await tempDir();
  const dir = join(dataDir, 'dead-letters');
  const keys = testKeys();
  const runtime = new TestRuntime();
  const machine = new FakeMachine(runtime);
  const sink = new FakeSink(async (records) =>
    records.map(
      ({ line }): RecordOutcome =>
        line.includes('"poison"')
          ? { status: 'rejected', reason: 'the server knows no such application', code: 'refused' }
          : { status: 'delivered' },
    ),
  );
  const tracker = new ActivityTracker({
    runtime,
    sink,
    dataDir,
    userId: 'jane',
    spool: memorySpool(),
    deadLetters: await openDeadLetters({ dir, keys }),
    titleMode: 'full',
    sources: machine.factories,
  });
  await runtime.advanceUntil(tracker.start());
  machine.show('poison', 'poison');
  assert.equal((await runtime.advanceUntil(tracker.flush())).status, 'delivered');
  machine.show('Code', 'b');
  // The refusal became an event of its own, which a second flush delivers.
  await runtime.advanceUntil(tracker.flush());
  await runtime.advanceUntil(tracker.flush());
  const { counts, deadLetters }: TrackerStatus = tracker.status();
  assert.ok((counts.dropped.refused ?? 0) > 0);
  assert.equal(deadLetters, counts.dropped.refused);
  assert.equal(counts.captured, counts.delivered + counts.pending + (counts.dropped.refused ?? 0));
  const kept = await readDeadLetters(dir, keys);
  assert.equal(kept.length, deadLetters);
  assert.ok(kept.every(({ reason }) => reason === 'the server knows no such application'));
  const reported = sink
    .events()
    .flatMap((event) => (event.activity_type === 'system' && event.kind === 'dropped' ? [event.detail] : []));
  assert.ok(reported.every(({ reason }) => reason === 'refused'));
  assert.deepEqual(
    reported.flatMap(({ ranges = '' }) => ranges.split(',').flatMap(idsOf)),
    kept.map(({ seq }) => seq),
  );
  await runtime.advanceUntil(tracker.close());
});

function idsOf(range: string): readonly number[] {
  const [from = Number.NaN, to = from] = range.split('-').map(Number);
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}
