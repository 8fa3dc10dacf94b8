/** What a start makes of damaged, torn and missing files. */
import assert from 'node:assert/strict';
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SegmentSpool } from '../../../agent/src/spool/index.ts';
import { readLog } from '../../../agent/src/spool/ledger.ts';
import { recover } from '../../../agent/src/spool/recovery.ts';
import { Segment } from '../../../agent/src/spool/segment.ts';
import { tempDir } from '../../support/process/temp-dir.ts';
import { MemoryDisk } from '../../support/spool/memory-disk.ts';
import { everything, idsOf, openedSpool, openTestSpool } from '../../support/spool/opened-spool.ts';
import { testKey } from '../../support/spool/test-keys.ts';

const RECORDS = 6;
/** On a disk in memory. */
const DIR = '/spool';
/** Needs hardly a reserve, so that thousands of starts are quick. */
const SMALL = 64 * 1024;

/** Short and all of one length: every byte and bit of a segment is tried. */
const lines = (count: number, from = 1) =>
  Array.from({ length: count }, (_, i) => ({ id: from + i, line: `{"seq":${from + i}}` }));

const segmentsOf = async (dir: string) => (await readdir(dir)).filter((name) => name.endsWith('.kts')).sort();

/** A folder with one segment of six records, as a kill leaves it, and that segment's bytes. */
async function oneSegment() {
  const root = await tempDir();
  const spool = await openedSpool({ dir: join(root, 'live') });
  await spool.append(lines(RECORDS));
  const dir = join(root, 'killed');
  await cp(join(root, 'live'), dir, { recursive: true });
  const [name = ''] = await segmentsOf(dir);
  return { root, dir, name, path: join(dir, name), bytes: await readFile(join(dir, name)) };
}

/** Segments of two records each, as a kill leaves them. */
async function manySegments(records: number) {
  const root = await tempDir();
  const spool = await openedSpool({ dir: join(root, 'live'), segmentBytes: 130 });
  for (let id = 1; id < records; id += 2) await spool.append(lines(2, id));
  return { root, spool, live: join(root, 'live'), dir: join(root, 'killed') };
}

/** What is in a folder, for a disk in memory. */
async function contentOf(dir: string): Promise<ReadonlyMap<string, Buffer>> {
  const content = new Map<string, Buffer>();
  for (const name of await readdir(dir)) content.set(join(DIR, name), await readFile(join(dir, name)));
  return content;
}

function ledgerOf(spool: SegmentSpool) {
  const { pendingRecords, delivered, dropped } = spool.status();
  const sum = Object.values(dropped).reduce((total, count) => total + count, 0);
  assert.equal(delivered + pendingRecords + sum, spool.lastSeq);
  assert.ok(delivered >= 0);
  return { pendingRecords, delivered, dropped };
}

test('recovers every whole record of a segment that ends anywhere', async () => {
  const { name, bytes } = await oneSegment();
  const frame = bytes.length / RECORDS;
  for (let length = 0; length < bytes.length; length++) {
    const disk = new MemoryDisk({ content: new Map([[join(DIR, name), bytes.subarray(0, length)]]) });
    const spool = await openTestSpool({ dir: DIR, disk, maxBytes: SMALL });
    const whole = Math.floor(length / frame);
    assert.deepEqual(await spool.read(everything), lines(whole), `cut at ${length}`);
    assert.equal(spool.lastSeq, whole);
    assert.deepEqual(spool.recovery, { tornBytes: length % frame, damagedBytes: 0, lostRecords: 0 });
    // The seqs that were torn off were never accepted: they are given out from here on.
    await spool.append(lines(2, whole + 1));
    await spool.close();
    const again = await openTestSpool({ dir: DIR, disk, maxBytes: SMALL });
    assert.deepEqual(await again.read(everything), lines(whole + 2), `cut at ${length}, opened again`);
    assert.deepEqual(again.status().dropped, {});
  }
});

test('loses and counts exactly the record in which a bit was flipped, and reads none that was changed', async () => {
  const { name, bytes } = await oneSegment();
  const frame = bytes.length / RECORDS;
  const original = new Map(lines(RECORDS).map(({ id, line }) => [id, line]));
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const damaged = Buffer.from(bytes);
    damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    const disk = new MemoryDisk({ content: new Map([[join(DIR, name), damaged]]) });
    const segment = Object.assign(Segment.fromName(DIR, name) ?? assert.fail(), { bytes: bytes.length });
    const { lastSeq, report } = await recover(disk, [segment], readLog(Buffer.alloc(0)));
    const hit = Math.floor((bit >> 3) / frame) + 1;
    assert.equal(segment.pendingRecords, RECORDS - 1, `bit ${bit}`);
    assert.equal(segment.settle(hit), false, `bit ${bit}`);
    // The last frame as well, whichever of its fields was hit: its seq was given out.
    assert.equal(lastSeq, RECORDS, `bit ${bit}`);
    assert.deepEqual(report, { tornBytes: 0, damagedBytes: frame, lostRecords: 1 }, `bit ${bit}`);
    const intact = [...original.keys()].filter((id) => id !== hit);
    for (const { id, line } of await segment.read(disk, testKey(), intact))
      assert.equal(line, original.get(id));
  }
});

test('counts damaged records once over restarts, and never reuses their seqs', async () => {
  const { dir, path, bytes } = await oneSegment();
  const frame = bytes.length / RECORDS;
  // The second record, and the last one behind its header.
  bytes.fill(0, frame, 2 * frame);
  bytes.fill(0x20, bytes.length - 10);
  await writeFile(path, bytes);
  for (let round = 0; round < 3; round++) {
    const spool = await openTestSpool({ dir });
    assert.deepEqual(idsOf(await spool.read(everything)), [1, 3, 4, 5]);
    assert.deepEqual(spool.status().dropped, { damaged: 2 });
    assert.equal(spool.lastSeq, 6);
    assert.equal(spool.recovery.lostRecords, round === 0 ? 2 : 0);
    await spool.close();
  }
});

test('does not count a damaged record that was acknowledged before', async () => {
  const { dir, path, bytes } = await oneSegment();
  const before = await openTestSpool({ dir });
  await before.ack([2]);
  await before.close();
  bytes.fill(0, bytes.length / RECORDS, 2 * (bytes.length / RECORDS));
  await writeFile(path, bytes);
  const spool = await openedSpool({ dir });
  assert.equal(spool.recovery.lostRecords, 0);
  assert.deepEqual(spool.status().dropped, {});
});

test('redelivers instead of losing records if an entry of the log is damaged, and stays exact', async () => {
  const { dir } = await oneSegment();
  const before = await openTestSpool({ dir });
  await before.ack([1]);
  await before.ack([2]);
  await before.drop('refused', [3]);
  await before.close();
  const log = join(dir, 'ledger.log');
  const bytes = await readFile(log);
  const second = bytes.indexOf('[[2,2]]');
  bytes[second + 2] = 0x39;
  await writeFile(log, bytes);
  const spool = await openedSpool({ dir });
  assert.deepEqual(idsOf(await spool.read(everything)), [2, 4, 5, 6]);
  // The entry behind the damaged one says that one was refused.
  assert.deepEqual(ledgerOf(spool), { pendingRecords: 4, delivered: 1, dropped: { refused: 1 } });
});

test('counts no record as dropped that is there again', async () => {
  const { dir } = await oneSegment();
  const before = await openTestSpool({ dir });
  for (const id of [1, 2, 3, 4, 5, 6]) await before.drop('refused', [id]);
  // As a kill leaves it: closing would delete the segment.
  const killed = `${dir}-copy`;
  await cp(dir, killed, { recursive: true });
  await before.close();
  const log = join(killed, 'ledger.log');
  const bytes = await readFile(log);
  bytes[bytes.indexOf('[[2,2]]') + 2] = 0x39;
  await writeFile(log, bytes);
  const spool = await openedSpool({ dir: killed });
  assert.deepEqual(idsOf(await spool.read(everything)), [2]);
  assert.deepEqual(ledgerOf(spool), { pendingRecords: 1, delivered: 0, dropped: { refused: 5 } });
});

test('counts records in no segment as delivered if an entry of the log is damaged', async () => {
  const { spool, live, dir } = await manySegments(8);
  await spool.ack([1, 2]);
  await spool.ack([3]);
  await cp(live, dir, { recursive: true });
  const log = join(dir, 'ledger.log');
  const bytes = await readFile(log);
  bytes[bytes.indexOf('[[1,2]]') + 2] = 0x39;
  await writeFile(log, bytes);
  const found = await openedSpool({ dir });
  assert.deepEqual(ledgerOf(found), { pendingRecords: 5, delivered: 3, dropped: {} });
});

test('keeps the ledger exact wherever the log ends or a byte of it is wrong', async () => {
  const { dir } = await oneSegment();
  const before = await openTestSpool({ dir });
  await before.ack([1]);
  await before.drop('too_large', [2, 3]);
  await before.skip(2, 'memory_full');
  await before.ack([5]);
  await before.close();
  const killed = await contentOf(dir);
  const log = join(DIR, 'ledger.log');
  const bytes = killed.get(log) ?? assert.fail();
  for (let at = 0; at < bytes.length; at++) {
    const wrong = Buffer.from(bytes);
    wrong[at] = (wrong[at] ?? 0) ^ 0x11;
    for (const content of [bytes.subarray(0, at), wrong]) {
      const disk = new MemoryDisk({ content: new Map([...killed, [log, content]]) });
      const spool = await openTestSpool({ dir: DIR, disk, maxBytes: SMALL });
      const found = ledgerOf(spool);
      // 4 and 6 are in no entry: they are there whatever is damaged.
      const ids = idsOf(await spool.read(everything));
      assert.ok(ids.includes(4) && ids.includes(6), `byte ${at}: ${ids}`);
      await spool.close();
      assert.deepEqual(
        ledgerOf(await openTestSpool({ dir: DIR, disk, maxBytes: SMALL })),
        found,
        `byte ${at}, opened again`,
      );
    }
  }
});

test('counts a segment that somebody removed as missing, and one that was delivered as delivered', async () => {
  const { spool, live, dir } = await manySegments(8);
  await spool.ack([1, 2]);
  await cp(live, dir, { recursive: true });
  await rm(join(dir, (await segmentsOf(dir))[1] ?? ''));
  const found = await openedSpool({ dir });
  assert.deepEqual(ledgerOf(found), { pendingRecords: 4, delivered: 2, dropped: { file_missing: 2 } });
  assert.deepEqual(found.losses(), [{ reason: 'file_missing', ranges: [[5, 6]] }]);
  await found.close();
  const again = await openedSpool({ dir });
  assert.deepEqual(ledgerOf(again), { pendingRecords: 4, delivered: 2, dropped: { file_missing: 2 } });
  assert.deepEqual(again.losses(), [{ reason: 'file_missing', ranges: [[5, 6]] }]);
});

test('counts records in no segment as delivered if the log is missing', async () => {
  const { spool, live, dir } = await manySegments(8);
  await spool.ack([1, 2]);
  await cp(live, dir, { recursive: true });
  await rm(join(dir, 'ledger.log'));
  const found = await openedSpool({ dir });
  assert.equal(found.lastSeq, 8);
  assert.deepEqual(ledgerOf(found), { pendingRecords: 6, delivered: 2, dropped: {} });
});

test('leaves files that are not its own alone, also those of an earlier format', async () => {
  const { dir } = await oneSegment();
  const foreign = ['notes.txt', '00000001.kts', 'acks.log', '00000001-0000000000000000.seg'];
  for (const name of foreign) await writeFile(join(dir, name), 'mine');
  await mkdir(join(dir, 'folder.kts'));
  await writeFile(join(dir, 'ledger.log.new'), 'half a log');
  const spool = await openedSpool({ dir });
  assert.equal(spool.status().pendingRecords, RECORDS);
  await spool.ack(idsOf(lines(RECORDS)));
  await spool.close();
  for (const name of foreign) assert.equal(await readFile(join(dir, name), 'utf8'), 'mine');
  assert.ok(!(await readdir(dir)).includes('ledger.log.new'));
});
