import assert from 'node:assert/strict';
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { IdRanges } from '../../../agent/src/spool/id-ranges.ts';
import { openSegmentSpool } from '../../../agent/src/spool/index.ts';
import { recoverSegments } from '../../../agent/src/spool/recovery.ts';
import { everything, idsOf, openedSpool } from '../../support/opened-spool.ts';
import { tempDir } from '../../support/temp-dir.ts';

const RECORDS = 6;

/** Short and all of one length: every byte and bit of a segment is tried. */
const lines = (count: number, from = 1) =>
  Array.from({ length: count }, (_, i) => ({ id: from + i, line: `{"seq":${from + i}}` }));

/** A folder with one segment of six records, as a kill leaves it, and that segment's bytes. */
async function oneSegment(t: Parameters<typeof tempDir>[0] & Parameters<typeof openedSpool>[0]) {
  const root = await tempDir(t);
  const spool = await openedSpool(t, { dir: join(root, 'live') });
  await spool.append(lines(RECORDS));
  const dir = join(root, 'killed');
  await cp(join(root, 'live'), dir, { recursive: true });
  const name = (await readdir(dir)).find((file) => file.endsWith('.seg')) ?? '';
  return { root, dir, path: join(dir, name), bytes: await readFile(join(dir, name)) };
}

const pendingOf = (segments: Awaited<ReturnType<typeof recoverSegments>>['segments']) =>
  segments.flatMap(({ pending }) => [...pending.keys()]);

test('recovers every whole record of a segment that ends anywhere', async (t) => {
  const { root, path, bytes } = await oneSegment(t);
  const frame = bytes.length / RECORDS;
  for (let length = 0; length < bytes.length; length++) {
    const dir = join(root, `cut-${length}`);
    await mkdir(dir);
    await writeFile(join(dir, path.split('/').at(-1) ?? ''), bytes.subarray(0, length));
    const spool = await openSegmentSpool({ dir });
    const whole = Math.floor(length / frame);
    assert.deepEqual(await spool.read(everything), lines(whole), `cut at ${length}`);
    assert.equal(spool.lastSeq, whole);
    assert.deepEqual(spool.recovery, { tornBytes: length % frame, damagedBytes: 0, lostRecords: 0 });
    // The seqs that were torn off were never accepted: they are given out from here on.
    await spool.append(lines(2, whole + 1));
    await spool.close();
    const again = await openSegmentSpool({ dir });
    assert.deepEqual(await again.read(everything), lines(whole + 2), `cut at ${length}, opened again`);
    assert.deepEqual(again.status().dropped, {});
    await again.close();
  }
});

test('loses at most one record to any flipped bit, and reads none that was changed', async (t) => {
  const { dir, path, bytes } = await oneSegment(t);
  const frame = bytes.length / RECORDS;
  const original = new Set(lines(RECORDS).map(({ line }) => line));
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const damaged = Buffer.from(bytes);
    damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    await writeFile(path, damaged);
    const { segments, lastSeq, report } = await recoverSegments(dir, new IdRanges(), 0);
    const ids = pendingOf(segments);
    const hit = Math.floor((bit >> 3) / frame) + 1;
    assert.deepEqual(
      ids,
      idsOf(lines(RECORDS)).filter((id) => id !== hit),
      `bit ${bit}`,
    );
    // A last frame whose own length is broken looks torn; every other one is counted.
    assert.equal(lastSeq, ids.length + report.lostRecords, `bit ${bit}`);
    if (hit < RECORDS) assert.equal(report.lostRecords, 1, `bit ${bit}`);
    if (bit % 8 === 0) {
      for (const segment of segments) {
        for (const { line } of await segment.read([...segment.pending.values()]))
          assert.ok(original.has(line));
      }
    }
  }
});

test('counts damaged records once, however often it restarts, and never gives their seqs again', async (t) => {
  const { dir, path, bytes } = await oneSegment(t);
  const frame = bytes.length / RECORDS;
  // The second record, and the last one behind its header.
  bytes.fill(0, frame, 2 * frame);
  bytes.fill(0x20, bytes.length - 10);
  await writeFile(path, bytes);
  for (let round = 0; round < 3; round++) {
    const spool = await openSegmentSpool({ dir });
    assert.deepEqual(idsOf(await spool.read(everything)), [1, 3, 4, 5]);
    assert.deepEqual(spool.status().dropped, { damaged: 2 });
    assert.equal(spool.lastSeq, 6);
    assert.equal(spool.recovery.lostRecords, round === 0 ? 2 : 0);
    await spool.close();
  }
});

test('does not count a damaged record that was acknowledged before', async (t) => {
  const { dir, path, bytes } = await oneSegment(t);
  const before = await openSegmentSpool({ dir });
  await before.ack([2]);
  await before.close();
  bytes.fill(0, bytes.length / RECORDS, 2 * (bytes.length / RECORDS));
  await writeFile(path, bytes);
  const spool = await openedSpool(t, { dir });
  assert.equal(spool.recovery.lostRecords, 0);
  assert.deepEqual(spool.status().dropped, {});
});

test('delivers again, rather than loses, where the acknowledgement log is damaged', async (t) => {
  const { dir } = await oneSegment(t);
  const before = await openSegmentSpool({ dir });
  await before.ack([1]);
  await before.ack([2]);
  await before.ack([3]);
  await before.close();
  const log = join(dir, 'acks.log');
  const bytes = await readFile(log);
  const second = bytes.indexOf('[[2,2]]');
  bytes[second + 2] = 0x39;
  await writeFile(log, bytes.subarray(0, bytes.length - 3));
  const spool = await openedSpool(t, { dir });
  assert.deepEqual(idsOf(await spool.read(everything)), [2, 3, 4, 5, 6]);
  assert.equal(spool.lastSeq, 6);
});

test('leaves files that are not its own alone', async (t) => {
  const { dir } = await oneSegment(t);
  for (const name of ['notes.txt', '00000001.seg', 'acks.log.new']) await writeFile(join(dir, name), 'mine');
  const spool = await openedSpool(t, { dir });
  assert.equal(spool.status().pendingRecords, RECORDS);
  assert.equal(await readFile(join(dir, 'notes.txt'), 'utf8'), 'mine');
  assert.equal(await readFile(join(dir, '00000001.seg'), 'utf8'), 'mine');
});
