import assert from 'node:assert/strict';
import { readdir, readFile, rm, stat, symlink, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { SpoolError } from '../../../agent/src/spool/index.ts';
import { eventLines } from '../../support/lake/event-lines.ts';
import { tempDir } from '../../support/process/temp-dir.ts';
import { FaultyDisk } from '../../support/spool/faulty-disk.ts';
import { everything, idsOf, openedSpool, openTestSpool } from '../../support/spool/opened-spool.ts';

const deferred = () => {
  let resolve = () => {};
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
};
const segmentsOf = async (dir: string) => (await readdir(dir)).filter((name) => name.endsWith('.kts')).sort();

test('keeps folder and files to this user', async () => {
  const dir = join(await tempDir(), 'new', 'spool');
  const spool = await openedSpool({ dir });
  await spool.append(eventLines(1));
  await spool.ack([1]);
  const modes = await Promise.all(
    (await readdir(dir)).map(async (name) => [name, (await stat(join(dir, name))).mode & 0o777]),
  );
  await spool.close();
  assert.equal((await stat(dir)).mode & 0o777, 0o700);
  assert.ok(modes.length >= 3);
  for (const [name, mode] of modes) assert.equal(mode, 0o600, String(name));
});

test('refuses a second opener by any path until the first has closed', async () => {
  const root = await tempDir();
  const dir = join(root, 'spool');
  const first = await openedSpool({ dir });
  await symlink(dir, join(root, 'other-name'));
  for (const path of [dir, join(root, 'other-name')]) {
    await assert.rejects(openTestSpool({ dir: path }), (error) => {
      assert.ok(error instanceof SpoolError);
      assert.equal(error.code, 'locked');
      assert.match(error.message, new RegExp(`in use by process ${process.pid};.*choose another folder`));
      return true;
    });
  }
  await first.append(eventLines(1));
  await first.close();
  const second = await openedSpool({ dir });
  assert.equal(second.lastSeq, 1);
});

test('reports the remedy if the folder cannot be created', async () => {
  const file = join(await tempDir(), 'file');
  await (await new FaultyDisk().create(file)).close();
  await assert.rejects(openTestSpool({ dir: join(file, 'spool') }), {
    code: 'io',
    message: /cannot open the spool/,
  });
});

test('deletes a segment once each of its records is acknowledged', async () => {
  const dir = await tempDir();
  const spool = await openedSpool({ dir, segmentBytes: 1_100 });
  for (const record of eventLines(20, { bytes: 300 })) await spool.append([record]);
  const before = await segmentsOf(dir);
  assert.equal(before.length, 7);
  await spool.ack([1, 2]);
  assert.deepEqual(await segmentsOf(dir), before);
  await spool.ack([5, 6, 4]);
  assert.deepEqual(await segmentsOf(dir), [before[0], ...before.slice(2)]);
  await spool.ack([3]);
  assert.deepEqual(await segmentsOf(dir), before.slice(2));
  assert.deepEqual(idsOf(await spool.read(everything)), idsOf(eventLines(14, { from: 7 })));
});

test('never reuses a seq, even after everything was acknowledged and deleted', async () => {
  const dir = await tempDir();
  for (let round = 1; round <= 3; round++) {
    const spool = await openedSpool({ dir, segmentBytes: 500 });
    assert.equal(spool.lastSeq, (round - 1) * 10);
    await spool.append(eventLines(10, { from: spool.lastSeq + 1 }));
    await spool.ack(idsOf(await spool.read(everything)));
    await spool.close();
  }
  // Neither half of the memory is needed: not the log, not the name of the segment.
  await rm(join(dir, 'ledger.log'));
  const byName = await openedSpool({ dir });
  assert.equal(byName.lastSeq, 30);
  await byName.close();
  for (const name of await segmentsOf(dir)) await rm(join(dir, name));
  const byLog = await openedSpool({ dir });
  assert.equal(byLog.lastSeq, 30);
  await byLog.close();
});

test('writes nothing of an event in clear, and leaves nothing of it on the disk once it is acknowledged', async () => {
  const dir = await tempDir();
  const spool = await openedSpool({ dir });
  await spool.append([{ id: 1, line: '{"note":"a marker sentence"}' }]);
  const onDisk = async (names: readonly string[]) =>
    (await Promise.all(names.map((name) => readFile(join(dir, name), 'latin1')))).join('');
  assert.doesNotMatch(await onDisk(await readdir(dir)), /marker|note/);
  assert.notEqual(await onDisk(await segmentsOf(dir)), '');
  await spool.ack([1]);
  await spool.close();
  assert.equal(await onDisk(await segmentsOf(dir)), '');
});

test('keeps acknowledged events on the disk for 64 KiB at most', async () => {
  const dir = await tempDir();
  const spool = await openedSpool({ dir });
  for (let round = 0; round < 40; round++) {
    const records = eventLines(20, { from: spool.lastSeq + 1, bytes: 400 });
    await spool.append(records);
    await spool.ack(idsOf(records));
    const sizes = await Promise.all(
      (await segmentsOf(dir)).map(async (name) => (await stat(join(dir, name))).size),
    );
    assert.ok(sizes.reduce((a, b) => a + b, 0) <= 64 * 1024 + 20 * 420, `${sizes}`);
  }
});

test('remembers acknowledgements across restarts, however many there were', async () => {
  const dir = await tempDir();
  const spool = await openedSpool({ dir });
  await spool.append(eventLines(30_000));
  // Every other record, one call each in places: the worst case for a log of ranges.
  const odd = eventLines(15_000).map((_, i) => 2 * i + 1);
  for (let i = 0; i < odd.length; i += 500) await spool.ack(odd.slice(i, i + 500));
  assert.ok((await stat(join(dir, 'ledger.log'))).size < 600 * 1024);
  await spool.close();
  const again = await openedSpool({ dir });
  assert.equal(again.status().pendingRecords, 15_000);
  assert.deepEqual(idsOf(await again.read({ maxRecords: 3, maxBytes: 10_000 })), [2, 4, 6]);
});

test('lets concurrent appends share a sync', async () => {
  const disk = new FaultyDisk();
  const spool = await openedSpool({ dir: await tempDir(), disk });
  const before = disk.syncs;
  await Promise.all(eventLines(100).map((record) => spool.append([record])));
  assert.ok(disk.syncs - before <= 2, `${disk.syncs - before} syncs`);
});

test('accepts no record before it is synced, and shows it to no reader', async () => {
  const disk = new FaultyDisk();
  const dir = await tempDir();
  const spool = await openedSpool({ dir, disk });
  const gate = deferred();
  const reached = deferred();
  disk.before = (operation) => {
    if (operation !== 'datasync') return undefined;
    reached.resolve();
    return gate.promise;
  };
  let accepted = false;
  const appending = spool.append(eventLines(1)).then(() => {
    accepted = true;
  });
  await reached.promise;
  assert.equal(accepted, false);
  assert.equal(spool.lastSeq, 0);
  assert.equal(spool.status().pendingRecords, 0);
  gate.resolve();
  await appending;
  assert.equal(spool.lastSeq, 1);
});

test('refuses a record that no sink accepts', async () => {
  const spool = await openedSpool({ dir: await tempDir() });
  const line = 'x'.repeat(16 * 1024 * 1024 + 1);
  await assert.rejects(spool.append([{ id: 1, line }]), {
    code: 'too_large',
    message: /16777217 bytes.*split it/,
  });
  await spool.append([{ id: 1, line: line.slice(1) }]);
  assert.equal((await spool.read(everything))[0]?.line.length, line.length - 1);
});

test('continues after a record whose frame was damaged, and counts it', async () => {
  const dir = await tempDir();
  const spool = await openedSpool({ dir, segmentBytes: 1_100 });
  for (const record of eventLines(9, { bytes: 300 })) await spool.append([record]);
  const [first = '', second = ''] = await segmentsOf(dir);
  await truncate(join(dir, first), 700);
  await rm(join(dir, second));
  assert.deepEqual(idsOf(await spool.read({ maxRecords: 3, maxBytes: 10_000 })), [1, 2]);
  assert.deepEqual(idsOf(await spool.read({ maxRecords: 3, maxBytes: 10_000, afterId: 2 })), [7, 8, 9]);
  assert.deepEqual(spool.status().dropped, { damaged: 1, file_missing: 3 });
  await spool.close();
  const again = await openedSpool({ dir });
  assert.equal(again.lastSeq, again.status().pendingRecords + 4);
  assert.deepEqual(again.status().dropped, { damaged: 1, file_missing: 3 });
});
