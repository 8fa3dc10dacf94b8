/** Who waits for whose sync, and how long. */
import assert from 'node:assert/strict';
import { eventLines } from '../../support/lake/event-lines.ts';
import { tempDir } from '../../support/process/temp-dir.ts';
import { FaultyDisk } from '../../support/spool/faulty-disk.ts';
import { openedSpool } from '../../support/spool/opened-spool.ts';
import { settle, TestRuntime } from '../../support/time/test-runtime.ts';
import { until } from '../../support/time/until.ts';

async function grouped() {
  const runtime = new TestRuntime();
  const disk = new FaultyDisk();
  const spool = await openedSpool({ dir: await tempDir(), disk, runtime, groupMs: 200 });
  const before = disk.syncs;
  return { runtime, disk, spool, syncs: () => disk.syncs - before };
}

test('commits an append at once if none was committed just before', async () => {
  const { runtime, spool, syncs } = await grouped();
  await spool.append(eventLines(1));
  runtime.pass(200);
  await spool.append(eventLines(1, { from: 2 }));
  assert.equal(syncs(), 2);
  assert.equal(runtime.timers, 0);
});

test('lets appends of 200 ms share a sync', async () => {
  const { runtime, spool, syncs } = await grouped();
  await spool.append(eventLines(1));
  let accepted = 0;
  const appends = Array.from({ length: 19 }, async (_, i) => {
    await spool.append(eventLines(1, { from: 2 + i }));
    accepted++;
  });
  runtime.pass(199);
  await settle();
  await spool.read({ maxRecords: 1, maxBytes: 1 });
  assert.equal(accepted, 0);
  assert.equal(spool.status().pendingRecords, 1);
  runtime.pass(1);
  await Promise.all(appends);
  assert.equal(syncs(), 2);
  assert.equal(spool.lastSeq, 20);
  assert.equal(runtime.timers, 0);
});

test('commits without waiting once 64 KiB have gathered', async () => {
  const { spool, syncs } = await grouped();
  await spool.append(eventLines(1));
  const appends = Array.from({ length: 20 }, (_, i) =>
    spool.append(eventLines(10, { from: 2 + i * 10, bytes: 400 })),
  );
  await Promise.all(appends.slice(0, 15));
  assert.equal(syncs(), 2);
  await spool.close();
  await Promise.all(appends);
});

test('adds appends during a commit to the next one', async () => {
  const { runtime, disk, spool } = await grouped();
  let letGo: (() => void) | undefined;
  disk.before = (operation) =>
    operation === 'datasync'
      ? new Promise<void>((resolve) => {
          letGo = resolve;
        })
      : undefined;
  const first = spool.append(eventLines(1));
  await until('the sync was called', () => letGo !== undefined);
  const second = spool.append(eventLines(1, { from: 2 }));
  disk.before = () => {};
  letGo?.();
  await first;
  assert.equal(spool.lastSeq, 1);
  runtime.pass(200);
  await second;
  assert.equal(spool.lastSeq, 2);
});

test('commits what waits when it is closed, and leaves no timer', async () => {
  const { runtime, spool } = await grouped();
  await spool.append(eventLines(1));
  const waiting = spool.append(eventLines(3, { from: 2 }));
  await settle();
  assert.equal(runtime.timers, 1);
  await spool.close();
  await waiting;
  assert.equal(spool.lastSeq, 4);
  assert.equal(runtime.timers, 0);
});

test('does not wait for a clock that went back', async () => {
  const { runtime, spool } = await grouped();
  await spool.append(eventLines(1));
  runtime.sleep(-10 * 365 * 86_400_000);
  const waiting = spool.append(eventLines(1, { from: 2 }));
  runtime.pass(200);
  await waiting;
  assert.equal(spool.lastSeq, 2);
});

test('skips behind what waits, and leaves no timer', async () => {
  const { runtime, spool } = await grouped();
  await spool.append(eventLines(1));
  const waiting = spool.append(eventLines(2, { from: 2 }));
  await settle();
  await spool.skip(2, 'memory_full');
  await waiting;
  assert.equal(runtime.timers, 0);
  assert.equal(spool.lastSeq, 5);
  assert.deepEqual(spool.losses(), [{ reason: 'memory_full', ranges: [[4, 5]] }]);
});
