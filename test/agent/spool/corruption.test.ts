/** Every way to cut a file of the spool short and every bit of it flipped: start-up never needs a hand. */
import assert from 'node:assert/strict';
import type { SegmentSpool } from '../../../agent/src/spool/index.ts';
import { diagnostic } from '../../runner/running-test.ts';
import { seeded } from '../../support/seeded.ts';
import { assertLedger, idsOfLosses } from '../../support/spool/durability-model.ts';
import { type DiskContent, MemoryDisk } from '../../support/spool/memory-disk.ts';
import { everything, idsOf, openSmallSpool, SPOOL_DIR } from '../../support/spool/opened-spool.ts';

const PER_SEGMENT = 6;
const SEGMENTS = 3;
const RECORDS = PER_SEGMENT * SEGMENTS;
const ACKED = [2, 3, 9];

const recordOf = (id: number) => ({ id, line: JSON.stringify({ seq: id, note: `n${id % 10}` }).padEnd(24) });
const allIds: readonly number[] = Array.from({ length: RECORDS }, (_, i) => i + 1);
const pendingIds: readonly number[] = allIds.filter((id) => !ACKED.includes(id));

/** What a kill leaves of three segments of six records each, some of them acknowledged. */
async function killedSpool(): Promise<DiskContent> {
  const disk = new MemoryDisk();
  const spool = await openSmallSpool(disk, { segmentBytes: 1 });
  for (let from = 1; from <= RECORDS; from += PER_SEGMENT) {
    await spool.append(Array.from({ length: PER_SEGMENT }, (_, i) => recordOf(from + i)));
  }
  for (const id of ACKED) await spool.ack([id]);
  const { content } = disk;
  await spool.close();
  return content;
}

const segmentsIn = (content: DiskContent): readonly string[] =>
  [...content]
    .filter(([path, bytes]) => path.includes('-') && bytes.length > 0)
    .map(([path]) => path)
    .sort((a, b) => (a < b ? -1 : 1));

const otherFilesIn = (content: DiskContent): readonly string[] =>
  [...content.keys()].filter((path) => !path.includes('-'));

function bytesAt(content: DiskContent, path: string): Buffer {
  const bytes = content.get(path);
  assert.ok(bytes);
  return bytes;
}

interface Found {
  readonly pending: readonly number[];
  readonly lost: ReadonlySet<number>;
  readonly spool: SegmentSpool;
  readonly disk: MemoryDisk;
}

/** Opens it, and asserts what holds whatever was damaged; then once more, and nothing is counted twice. */
async function recovered(content: DiskContent, context: string): Promise<Found> {
  const disk = new MemoryDisk({ content });
  const spool = await openSmallSpool(disk);
  const records = await spool.read(everything);
  for (const record of records)
    assert.deepEqual(record, recordOf(record.id), `${context}: a line was changed`);
  const pending = idsOf(records);
  assert.deepEqual(
    pending,
    [...new Set(pending)].sort((a, b) => a - b),
    context,
  );
  assertLedger(spool, context);
  const lost = idsOfLosses(spool.losses());
  const { storage: _, ...status } = spool.status();
  assert.deepEqual(
    pending.filter((id) => lost.has(id)),
    [],
    `${context}: there and lost`,
  );
  const next = { id: spool.lastSeq + 1, line: 'next' };
  await spool.append([next]);
  await spool.ack([next.id]);
  await spool.close();

  const again = await openSmallSpool(disk);
  const { storage: __, ...then } = again.status();
  assert.deepEqual(then, { ...status, delivered: status.delivered + 1 }, `${context}: opened again`);
  assert.deepEqual(idsOfLosses(again.losses()), lost, `${context}: losses, opened again`);
  assert.equal(again.lastSeq, next.id, `${context}: opened again`);
  await again.close();
  return { pending, lost, spool, disk };
}

const flipped = (bytes: Buffer, bit: number): Buffer => {
  const damaged = Buffer.from(bytes);
  damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return damaged;
};

test('loses at most one record to any flipped bit of a segment, counts it, and reads none that was changed', async () => {
  const content = await killedSpool();
  let tried = 0;
  for (const [index, path] of segmentsIn(content).entries()) {
    const bytes = bytesAt(content, path);
    const frame = bytes.length / PER_SEGMENT;
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const hit = index * PER_SEGMENT + Math.floor((bit >> 3) / frame) + 1;
      const context = `${path}, bit ${bit}`;
      const { pending, lost, spool } = await recovered(
        new Map(content).set(path, flipped(bytes, bit)),
        context,
      );
      assert.deepEqual(
        pending,
        pendingIds.filter((id) => id !== hit),
        context,
      );
      const isAcked = ACKED.includes(hit);
      assert.deepEqual([...lost], isAcked ? [] : [hit], `${context}: told as lost`);
      assert.deepEqual(spool.status().dropped, isAcked ? {} : { damaged: 1 }, context);
      assert.equal(spool.lastSeq, RECORDS + 1, context);
      tried++;
    }
  }
  diagnostic(`${tried} flipped bits in ${SEGMENTS} segments`);
});

test('keeps every record before the end of a truncated segment, and counts the records behind it', async () => {
  const content = await killedSpool();
  const segments = segmentsIn(content);
  let tried = 0;
  for (const [index, path] of segments.entries()) {
    const bytes = bytesAt(content, path);
    const frame = bytes.length / PER_SEGMENT;
    const isLast = index === segments.length - 1;
    for (let length = 0; length < bytes.length; length++) {
      const context = `${path}, cut at ${length}`;
      const whole = index * PER_SEGMENT + Math.floor(length / frame);
      const gone = allIds.slice(whole, (index + 1) * PER_SEGMENT);
      const cut = new Map(content).set(path, bytes.subarray(0, length));
      const { pending, lost, spool } = await recovered(cut, context);
      assert.deepEqual(
        pending,
        pendingIds.filter((id) => !gone.includes(id)),
        context,
      );
      // At the end of the last segment it looks as an append does that never came back.
      const counted = gone.filter((id) => !ACKED.includes(id));
      if (!isLast) assert.deepEqual([...lost], counted, `${context}: told as lost`);
      if (!isLast) assert.deepEqual(spool.status().dropped, { damaged: counted.length }, context);
      tried++;
    }
  }
  diagnostic(`${tried} lengths of ${SEGMENTS} segments`);
});

test('reuses no seq and keeps every pending record with any damage of the ledger', async () => {
  const content = await killedSpool();
  const variants: (readonly [context: string, DiskContent])[] = [];
  for (const path of otherFilesIn(content)) {
    const bytes = bytesAt(content, path);
    // The reserve holds nothing: a few places are enough.
    const step = path.includes('reserve') ? Math.ceil(bytes.length / 16) : 1;
    for (let at = 0; at < bytes.length; at += step) {
      variants.push([`${path}, cut at ${at}`, new Map(content).set(path, bytes.subarray(0, at))]);
      for (let bit = at * 8; bit < at * 8 + 8; bit++) {
        variants.push([`${path}, bit ${bit}`, new Map(content).set(path, flipped(bytes, bit))]);
      }
    }
    const without = new Map(content);
    without.delete(path);
    variants.push([`${path}, removed`, without]);
  }
  assert.ok(variants.length > 1000);
  for (const [context, damaged] of variants) {
    const { pending, lost, spool } = await recovered(damaged, context);
    const again = pending.filter((id) => !pendingIds.includes(id));
    assert.deepEqual(
      again.filter((id) => !ACKED.includes(id)),
      [],
      context,
    );
    assert.deepEqual(
      pending.filter((id) => !again.includes(id)),
      pendingIds,
      context,
    );
    assert.deepEqual([...lost], [], `${context}: nothing is lost`);
    assert.equal(spool.lastSeq, RECORDS + 1, context);
  }
  diagnostic(`${variants.length} damaged ledgers`);
});

test('starts with any of its files replaced by zeros or by anything, emptied or removed', async () => {
  const content = await killedSpool();
  const random = seeded(1);
  let tried = 0;
  for (const path of content.keys()) {
    const index = segmentsIn(content).indexOf(path);
    const own = allIds.filter((id) => Math.ceil(id / PER_SEGMENT) === index + 1);
    const bytes = bytesAt(content, path);
    const replacements: readonly (Buffer | null)[] = [
      null,
      Buffer.alloc(0),
      Buffer.alloc(bytes.length),
      Buffer.alloc(bytes.length, 0xff),
      Buffer.concat([bytes, Buffer.alloc(5000)]),
      Buffer.concat([bytes, bytes]),
      ...Array.from({ length: 20 }, () => Buffer.from(bytes.map(() => Math.floor(random() * 256)))),
    ];
    for (const [i, replacement] of replacements.entries()) {
      const context = `${path}, replacement ${i}`;
      const changed = new Map(content);
      if (replacement === null) changed.delete(path);
      else changed.set(path, replacement);
      const { pending } = await recovered(changed, context);
      const missing = pendingIds.filter((id) => !pending.includes(id));
      const isKept = replacement !== null && replacement.length > bytes.length;
      assert.deepEqual(
        missing.filter((id) => isKept || !own.includes(id)),
        [],
        context,
      );
      tried++;
    }
  }
  diagnostic(`${tried} files replaced`);
});

test('leaves what is not its own alone', async () => {
  const content = new Map(await killedSpool());
  const names = ['notes.txt', '00000001.seg', '00000002-0000000000000003.kts', 'x-00000002.kts', 'keys.json'];
  for (const name of names) content.set(`${SPOOL_DIR}/${name}`, Buffer.from('mine'));
  const { pending, lost, disk } = await recovered(content, 'foreign files');
  assert.deepEqual(pending, pendingIds);
  assert.deepEqual([...lost], []);
  for (const name of names) assert.equal(disk.content.get(`${SPOOL_DIR}/${name}`)?.toString(), 'mine', name);
});
