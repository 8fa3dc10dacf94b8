/** The cap of the spool, and a disk that is full. */
import assert from 'node:assert/strict';
import { cp, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SegmentSpool, Spool } from '../../../agent/src/spool/index.ts';
import { eventLines } from '../../support/lake/event-lines.ts';
import { tempDir } from '../../support/process/temp-dir.ts';
import { diskError, FaultyDisk } from '../../support/spool/faulty-disk.ts';
import { MemoryDisk } from '../../support/spool/memory-disk.ts';
import { everything, idsOf, openedSpool, openTestSpool } from '../../support/spool/opened-spool.ts';

const MAX_BYTES = 64 * 1024;
const DIR = '/spool';

async function bytesIn(dir: string): Promise<number> {
  let sum = 0;
  for (const name of await readdir(dir)) sum += (await stat(join(dir, name))).size;
  return sum;
}

const droppedOf = (spool: Spool) => Object.values(spool.status().dropped).reduce((a, b) => a + b, 0);

function assertExact(spool: Spool): void {
  const { delivered, pendingRecords } = spool.status();
  assert.equal(delivered + pendingRecords + droppedOf(spool), spool.lastSeq);
}

/** Appends in groups until the spool refuses; resolves with why. */
async function fill(spool: SegmentSpool, most = 2_000): Promise<unknown> {
  for (let i = 0; i < most; i += 10) {
    try {
      await spool.append(eventLines(10, { from: spool.lastSeq + 1, bytes: 400 }));
    } catch (error) {
      return error;
    }
    assertExact(spool);
  }
  return undefined;
}

test('never exceeds its size, drops the oldest, and counts and reports each of them', async () => {
  const dir = await tempDir();
  const spool = await openedSpool({ dir, maxBytes: MAX_BYTES });
  for (let round = 0; round < 60; round++) {
    await spool.append(eventLines(10, { from: spool.lastSeq + 1, bytes: 400 }));
    assert.ok((await bytesIn(dir)) <= MAX_BYTES + 16, `${await bytesIn(dir)}`);
    assert.ok((spool.status().storage?.bytes ?? Infinity) <= MAX_BYTES);
    assertExact(spool);
  }
  const dropped = spool.status().dropped.queue_full ?? 0;
  assert.ok(dropped > 400 && dropped < 540, `${dropped}`);
  assert.deepEqual(spool.losses(), [{ reason: 'queue_full', ranges: [[1, dropped]] }]);
  const left = idsOf(await spool.read(everything));
  assert.deepEqual(left, idsOf(eventLines(600 - dropped, { from: dropped + 1 })));
  await spool.close();
  const again = await openedSpool({ dir, maxBytes: MAX_BYTES });
  assert.deepEqual(again.status().dropped, { queue_full: dropped });
  assert.deepEqual(again.losses(), [{ reason: 'queue_full', ranges: [[1, dropped]] }]);
  assert.deepEqual(idsOf(await again.read(everything)), left);
});

test('frees delivered records before pending ones', async () => {
  const spool = await openedSpool({ dir: await tempDir(), maxBytes: MAX_BYTES });
  for (let round = 0; round < 40; round++) {
    const records = eventLines(20, { from: spool.lastSeq + 1, bytes: 400 });
    await spool.append(records);
    // One in twenty stays behind: its segment stays, the space of the others comes back with it.
    await spool.ack(idsOf(records).filter((id) => id % 200 !== 0));
  }
  assert.deepEqual(spool.status().dropped, {});
  assert.deepEqual(idsOf(await spool.read(everything)), [200, 400, 600, 800]);
});

test('counts a batch that was read before its segment was dropped as dropped, once', async () => {
  const spool = await openedSpool({ dir: await tempDir(), maxBytes: MAX_BYTES });
  await spool.append(eventLines(20, { bytes: 400 }));
  const batch = idsOf(await spool.read({ maxRecords: 10, maxBytes: 1e6 }));
  await fill(spool, 300);
  const { delivered, dropped } = spool.status();
  assert.ok((dropped.queue_full ?? 0) >= 20);
  await spool.ack(batch);
  await spool.drop('refused', batch);
  assert.deepEqual(spool.status().dropped, dropped);
  assert.equal(spool.status().delivered, delivered);
});

test('refuses at once what is larger than the whole spool, and says what may be done', async () => {
  const spool = await openedSpool({ dir: await tempDir(), maxBytes: MAX_BYTES });
  await spool.append(eventLines(3));
  await assert.rejects(spool.append([{ id: 4, line: 'x'.repeat(MAX_BYTES) }]), {
    code: 'too_large',
    message: /the cap of the spool is 65536; append less at a time or raise the cap/,
  });
  assert.equal(spool.status().pendingRecords, 3);
  await spool.append([{ id: 4, line: 'small' }]);
});

test('records the reason of every removal before it deletes the segment', async () => {
  const dir = join(await tempDir(), 'spool');
  const disk = new FaultyDisk();
  const spool = await openedSpool({ dir, disk, maxBytes: MAX_BYTES });
  let looked = 0;
  disk.before = async (operation, path) => {
    if (operation !== 'remove' || !path.endsWith('.kts')) return;
    // What a start would find if the power went right after this removal.
    looked++;
    const copy = `${dir}-${looked}`;
    await cp(dir, copy, { recursive: true, filter: (from) => from !== path });
    const found = await openTestSpool({ dir: copy });
    assertExact(found);
    const { file_missing, damaged } = found.status().dropped;
    assert.deepEqual([file_missing, damaged], [undefined, undefined]);
    await found.close();
  };
  await fill(spool, 300);
  const ids = idsOf(await spool.read(everything));
  await spool.drop('refused', ids.slice(0, 30));
  await spool.ack(ids);
  assert.ok(looked > 20, `${looked}`);
});

async function onSmallDisk(capacityBytes: number) {
  const disk = new MemoryDisk();
  const spool = await openedSpool({ dir: DIR, disk, segmentBytes: 16 * 1024 });
  disk.capacityBytes = capacityBytes;
  return { disk, spool };
}

test('drops the oldest on a full disk and continues, and restores its reserve each time', async () => {
  const { disk, spool } = await onSmallDisk(256 * 1024);
  assert.equal(await fill(spool), undefined);
  const { dropped } = spool.status();
  assert.ok((dropped.disk_full ?? 0) > 1_000);
  assert.deepEqual(spool.losses(), [{ reason: 'disk_full', ranges: [[1, dropped.disk_full ?? 0]] }]);
  assert.equal(spool.lastSeq, 2_000);
  assert.equal(disk.content.get(`${DIR}/spool.reserve`)?.length, 64 * 1024);
  const left = await spool.read(everything);
  assert.equal(left.length, 2_000 - (dropped.disk_full ?? 0));
});

test('acknowledges on a full disk from its reserve, and restores it when there is space', async () => {
  const { disk, spool } = await onSmallDisk(Infinity);
  await spool.append(eventLines(100, { bytes: 400 }));
  disk.capacityBytes = [...disk.content.values()].reduce((sum, { length }) => sum + length, 0);
  await spool.ack([1, 2, 3]);
  assert.equal(disk.content.get(`${DIR}/spool.reserve`)?.length ?? 0, 0);
  assert.ok((spool.status().storage?.bytes ?? 0) < disk.capacityBytes);
  disk.capacityBytes = Infinity;
  await spool.ack([4]);
  assert.equal(disk.content.get(`${DIR}/spool.reserve`)?.length, 64 * 1024);
  const found = await openTestSpool({ dir: DIR, disk: new MemoryDisk({ content: disk.content }) });
  assert.equal(found.status().delivered, 4);
});

test('opens on a full disk, with all that is there', async () => {
  const { disk, spool } = await onSmallDisk(Infinity);
  await spool.append(eventLines(100, { bytes: 400 }));
  await spool.ack([1, 2, 3]);
  const full = new MemoryDisk({ content: disk.content });
  full.capacityBytes = 0;
  const found = await openTestSpool({ dir: DIR, disk: full, segmentBytes: 16 * 1024 });
  assert.equal(found.status().delivered, 3);
  assert.equal((await found.read(everything)).length, 97);
  full.capacityBytes = Infinity;
  await found.append(eventLines(1, { from: 101 }));
  await found.ack([4]);
  await found.close();
  const again = await openTestSpool({ dir: DIR, disk: new MemoryDisk({ content: full.content }) });
  assert.equal(again.lastSeq, 101);
  assert.equal(again.status().delivered, 4);
});

test('refuses an append if nothing is left to drop, and accepts it once there is space', async () => {
  const { disk, spool } = await onSmallDisk(Infinity);
  await spool.append(eventLines(20, { bytes: 400 }));
  // Somebody else takes all the space, also what the spool frees.
  disk.capacityBytes = 0;
  await assert.rejects(spool.append(eventLines(5, { from: 21, bytes: 400 })), {
    code: 'io',
    message: /the disk is full; free up space \(ENOSPC\)/,
  });
  assert.equal(spool.lastSeq, 20);
  assertExact(spool);
  disk.capacityBytes = Infinity;
  await spool.append(eventLines(5, { from: 21, bytes: 400 }));
  assert.equal(spool.lastSeq, 25);
  assertExact(spool);
});

test('stops making room if the disk refuses both writes and deletions', async () => {
  const disk = new FaultyDisk();
  const spool = await openedSpool({ dir: await tempDir(), disk, segmentBytes: 1_000 });
  await spool.append(eventLines(10, { bytes: 400 }));
  disk.before = (operation, path) => {
    if (path.endsWith('.kts') && (operation === 'datasync' || operation === 'truncate'))
      throw diskError('ENOSPC');
  };
  await assert.rejects(spool.append(eventLines(1, { from: 11 })), { code: 'io' });
  disk.before = () => {};
  await spool.append(eventLines(1, { from: 11 }));
  assertExact(spool);
});

test('keeps what it could not give up durably', async () => {
  const disk = new FaultyDisk();
  const spool = await openedSpool({ dir: await tempDir(), disk, maxBytes: MAX_BYTES });
  await spool.append(eventLines(100, { bytes: 400 }));
  disk.before = (operation, path) => {
    if (path.includes('ledger') && operation === 'datasync') throw diskError('EIO');
  };
  await assert.rejects(spool.append(eventLines(60, { from: 101, bytes: 400 })), { code: 'io' });
  assert.equal((await spool.read(everything)).length, 100);
  assert.deepEqual(spool.status().dropped, {});
  disk.before = () => {};
  await spool.append(eventLines(60, { from: 101, bytes: 400 }));
  assertExact(spool);
});

test('does not let seqs that a failed skip claimed come back from the dead', async () => {
  const disk = new FaultyDisk();
  const dir = join(await tempDir(), 'spool');
  const spool = await openedSpool({ dir, disk });
  await spool.append(eventLines(2));
  // The entry reaches the disk, and nobody can say so: neither its sync nor cutting it back works.
  disk.before = (operation, path) => {
    if (path.includes('ledger') && operation !== 'write') throw diskError('EIO');
  };
  await assert.rejects(spool.skip(5, 'memory_full'), { code: 'io' });
  assert.equal(spool.lastSeq, 2);
  assert.deepEqual(spool.status().dropped, {});
  await assert.rejects(spool.append(eventLines(1, { from: 3 })), { code: 'io' });
  disk.before = () => {};
  await spool.append(eventLines(1, { from: 3 }));
  await cp(dir, `${dir}-copy`, { recursive: true });
  const found = await openedSpool({ dir: `${dir}-copy` });
  assert.deepEqual(idsOf(await found.read(everything)), [1, 2, 3]);
  assert.deepEqual(found.status().dropped, {});
});

test('allocates its reserve, and trusts no part of one', async () => {
  const dir = await tempDir();
  const spool = await openedSpool({ dir });
  const path = join(dir, 'spool.reserve');
  const whole = await readFile(path);
  assert.equal(whole.length, 64 * 1024);
  assert.ok((await stat(path)).blocks * 512 >= whole.length);
  assert.ok(new Set(whole).size > 200, 'zeros are not allocated everywhere');
  await spool.close();
  await writeFile(path, whole.subarray(0, 1_000));
  await openedSpool({ dir });
  assert.equal((await stat(path)).size, 64 * 1024);
});
