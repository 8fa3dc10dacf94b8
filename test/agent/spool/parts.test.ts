import assert from 'node:assert/strict';
import { crc32 as zlibCrc32 } from 'node:zlib';
import fc from 'fast-check';
import { crc32, tableCrc32 } from '../../../agent/src/spool/crc32.ts';
import { encodeFrame, payloadOf, scanFrames, wholeFramesIn } from '../../../agent/src/spool/frame.ts';
import { FrameIndex } from '../../../agent/src/spool/frame-index.ts';
import { IdRanges } from '../../../agent/src/spool/id-ranges.ts';
import { TaskQueue } from '../../../agent/src/spool/task-queue.ts';

test('computes the CRC-32 of the standard, with and without zlib', () => {
  const bytes = Buffer.from('123456789');
  for (const compute of [crc32, tableCrc32]) {
    assert.equal(compute(bytes), 0xcbf43926);
    assert.equal(compute(bytes.subarray(4), compute(bytes.subarray(0, 4))), 0xcbf43926);
  }
  fc.assert(fc.property(fc.uint8Array(), (any) => tableCrc32(any) === zlibCrc32(any)));
});

test('finds every intact frame between any rubbish', () => {
  const pieces = fc.array(
    fc.oneof(
      fc.record({ payload: fc.string({ unit: 'grapheme' }) }),
      fc.record({ rubbish: fc.uint8Array({ minLength: 1 }) }),
    ),
  );
  fc.assert(
    fc.property(pieces, (parts) => {
      const bytes = Buffer.concat(
        parts.map((part, i) => ('payload' in part ? encodeFrame(i + 1, part.payload) : part.rubbish)),
      );
      const scanned = [...scanFrames(bytes)];
      const frames = scanned.filter((part) => part.kind === 'frame');
      assert.deepEqual(
        frames.map((frame) => [frame.seq, payloadOf(bytes, frame).toString()]),
        parts.flatMap((part, i) => ('payload' in part ? [[i + 1, part.payload]] : [])),
      );
      // Nothing is skipped in silence: the parts cover the bytes without a gap.
      let at = 0;
      for (const part of scanned) {
        assert.equal(part.at, at);
        at = part.end;
      }
      assert.equal(at, bytes.length);
    }),
  );
});

test('keeps ids as a set does', () => {
  const ids = fc.array(fc.tuple(fc.nat(60), fc.nat(8)));
  fc.assert(
    fc.property(ids, (ranges) => {
      const set = new Set<number>();
      const kept = new IdRanges();
      for (const [from, more] of ranges) {
        kept.add(from, from + more);
        for (let id = from; id <= from + more; id++) set.add(id);
      }
      for (let id = 0; id <= 70; id++) assert.equal(kept.has(id), set.has(id), `${id}`);
      assert.equal(kept.size, set.size);
      const missing = kept.missing(10, 50).flatMap(([from, to]) => span(from, to));
      assert.deepEqual(
        missing,
        span(10, 50).filter((id) => !set.has(id)),
      );
      for (const [i, [from]] of kept.ranges.entries()) {
        assert.ok(i === 0 || (kept.ranges[i - 1]?.[1] ?? 0) < from - 1, 'neighbours are joined');
      }
    }),
  );
});

test('counts the whole frames at the damaged end of a file, and none in what a power cut leaves', () => {
  const frames = [7, 8, 9].map((seq) => encodeFrame(seq, 'x'.repeat(seq)));
  const bytes = Buffer.concat(frames);
  assert.equal(wholeFramesIn(bytes, 7), 3);
  assert.equal(wholeFramesIn(bytes.subarray(0, -1), 7), 2);
  assert.equal(wholeFramesIn(Buffer.alloc(500), 7), 0);
  assert.equal(wholeFramesIn(Buffer.alloc(500, 0xff), 7), 0);
  assert.equal(wholeFramesIn(Buffer.alloc(3), 7), 0);
  // Whichever bit of the last frame was hit.
  const last = frames[2] ?? assert.fail();
  for (let bit = 0; bit < last.length * 8; bit++) {
    const hit = Buffer.from(last);
    hit[bit >> 3] = (hit[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    assert.equal(wholeFramesIn(hit, 9), 1, `bit ${bit}`);
  }
});

test('keeps the places of frames as a map does', () => {
  const operations = fc.array(fc.tuple(fc.nat(3), fc.integer({ min: 1, max: 500 }), fc.nat(300)));
  fc.assert(
    fc.property(operations, (sequence) => {
      const index = new FrameIndex();
      const map = new Map<number, readonly [at: number, bytes: number]>();
      let slot = -1;
      let at = 0;
      for (const [gap, bytes, removed] of sequence) {
        slot += 1 + (gap === 3 ? 70 : 0);
        index.add(slot, at, bytes);
        map.set(slot, [at, bytes]);
        at += bytes;
        assert.equal(index.remove(removed), map.delete(removed));
      }
      index.trim();
      const found: number[] = [];
      for (let next = index.next(0); next !== undefined; next = index.next(next + 1)) found.push(next);
      assert.deepEqual(found, [...map.keys()]);
      assert.equal(index.count, map.size);
      assert.equal(
        index.bytes,
        [...map.values()].reduce((sum, [, bytes]) => sum + bytes, 0),
      );
      for (const [each, place] of map) assert.deepEqual([index.at(each), index.bytesOf(each)], place);
      assert.ok(!index.has(-1) && !index.has(0.5) && !index.has(slot + 1) && !index.has(Number.NaN));
    }),
  );
});

test('runs tasks one after the other, also behind one that fails', async () => {
  const queue = new TaskQueue();
  const seen: string[] = [];
  const first = queue.run(async () => {
    await new Promise((resolve) => setImmediate(resolve));
    seen.push('first');
    throw new Error('first failed');
  });
  const second = queue.run(async () => seen.push('second'));
  await assert.rejects(first, /first failed/);
  await second;
  assert.deepEqual(seen, ['first', 'second']);
});

const span = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);
