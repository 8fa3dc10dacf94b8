/** Segments under their keys: moved, tampered with, locked. */
import assert from 'node:assert/strict';
import { cp, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import {
  encodeFrame,
  finishFrame,
  frameAt,
  payloadOf,
  SEALED_FRAME_BYTES,
  SegmentCipher,
  scanFrames,
} from '../../../agent/src/spool/frame.ts';
import { eventLines } from '../../support/lake/event-lines.ts';
import { tempDir } from '../../support/process/temp-dir.ts';
import { everything, idsOf, openedSpool } from '../../support/spool/opened-spool.ts';
import { testKey, testKeys } from '../../support/spool/test-keys.ts';

const OLD = testKey('0000000a');
const NEW = { ...testKey('0000000b'), secret: new Uint8Array(32).fill(7) };
const segmentsOf = async (dir: string) => (await readdir(dir)).filter((name) => name.endsWith('.kts')).sort();

function sealed(cipher: SegmentCipher, seq: number, line: string): Buffer {
  const frame = Buffer.alloc(SEALED_FRAME_BYTES + Buffer.byteLength(line));
  cipher.seal(seq, line, frame);
  return frame;
}

test('opens what it sealed, and only under the key, the segment and the seq that it was sealed under', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 2 ** 52 }), (line, seq) => {
      const cipher = new SegmentCipher(OLD, 3);
      const frame = sealed(cipher, seq, line);
      const found = frameAt(frame, 0) ?? assert.fail();
      assert.equal(found.seq, seq);
      const payload = payloadOf(frame, found);
      assert.equal(cipher.open(seq, payload), line);
      assert.equal(cipher.open(seq + 1, payload), undefined);
      assert.equal(new SegmentCipher(OLD, 4).open(seq, payload), undefined);
      assert.equal(new SegmentCipher(NEW, 3).open(seq, payload), undefined);
      assert.equal(new SegmentCipher({ ...NEW, id: OLD.id }, 3).open(seq, payload), undefined);
      assert.equal(cipher.open(seq, payload.subarray(0, 20)), undefined);
    }),
  );
});

test('never uses a nonce twice, however much it seals', () => {
  const cipher = new SegmentCipher(OLD, 1);
  const nonces = new Set<string>();
  for (let seq = 1; seq <= 5_000; seq++) nonces.add(sealed(cipher, seq, '').subarray(20, 32).toString('hex'));
  assert.equal(nonces.size, 5_000);
});

test('counts a record as damaged whose frame was forged, moved or taken from another segment', async () => {
  const dir = await tempDir();
  const before = await openedSpool({ dir });
  await before.append(eventLines(4));
  await before.close();
  const [name = ''] = await segmentsOf(dir);
  const bytes = await readFile(join(dir, name));
  const [one = assert.fail(), two = assert.fail(), three = assert.fail()] = [...scanFrames(bytes)];
  // Frames whose checksums are right: only the tag tells.
  const ofTwo = Buffer.from(bytes.subarray(two.at, two.end));
  finishFrame(ofTwo, 1);
  const forged = Buffer.from(bytes.subarray(three.at, three.end));
  forged[40] = (forged[40] ?? 0) ^ 1;
  finishFrame(forged, 3);
  await writeFile(
    join(dir, name),
    Buffer.concat([ofTwo, bytes.subarray(one.end, two.end), forged, bytes.subarray(three.end)]),
  );
  const spool = await openedSpool({ dir });
  assert.equal(spool.status().pendingRecords, 4);
  assert.deepEqual(
    await spool.read(everything),
    eventLines(4).filter(({ id }) => id === 2 || id === 4),
  );
  assert.deepEqual(spool.status().dropped, { damaged: 2 });
  assert.deepEqual(spool.losses(), [
    {
      reason: 'damaged',
      ranges: [
        [1, 1],
        [3, 3],
      ],
    },
  ]);
});

test('counts the records of a segment as damaged that was given the place of another', async () => {
  const dir = await tempDir();
  const before = await openedSpool({ dir });
  await before.append(eventLines(2));
  await before.close();
  const [name = ''] = await segmentsOf(dir);
  await rename(join(dir, name), join(dir, name.replace('00000001-', '00000009-')));
  const spool = await openedSpool({ dir });
  assert.deepEqual(await spool.read(everything), []);
  assert.deepEqual(spool.status().dropped, { damaged: 2 });
});

test('keeps the records pending whose key cannot be had, reads past them, and delivers them once it can', async () => {
  const root = await tempDir();
  const dir = join(root, 'spool');
  const first = await openedSpool({ dir, keys: testKeys(OLD) });
  await first.append(eventLines(3));
  await first.close();

  const locked = await openedSpool({ dir, keys: testKeys(NEW) });
  await locked.append(eventLines(3, { from: 4 }));
  assert.deepEqual(idsOf(await locked.read(everything)), [4, 5, 6]);
  assert.deepEqual(idsOf(await locked.read({ ...everything, afterId: 1 })), [4, 5, 6]);
  assert.deepEqual(idsOf(await locked.read({ ...everything, maxRecords: 2 })), [4, 5]);
  const { pendingRecords, dropped, storage } = locked.status();
  assert.deepEqual([pendingRecords, dropped], [6, {}]);
  assert.match(storage?.keyProblem ?? '', /3 records need the key 0000000a.*restore it/);
  await locked.ack([4, 5, 6]);
  await locked.close();
  assert.ok((await segmentsOf(dir)).some((name) => name.endsWith('-0000000a.kts')));

  const unlocked = await openedSpool({ dir, keys: testKeys(OLD, NEW) });
  assert.equal(unlocked.status().storage?.keyProblem, null);
  assert.deepEqual(await unlocked.read(everything), eventLines(3));
});

test('reports a missing key only while records need it', async () => {
  const dir = await tempDir();
  const first = await openedSpool({ dir, keys: testKeys(OLD) });
  await first.append(eventLines(1));
  await first.close();
  const keys = { ...testKeys(NEW), problem: 'the keychain is locked: unlock it' };
  const spool = await openedSpool({ dir, keys });
  assert.equal(spool.status().storage?.keyProblem, 'the keychain is locked: unlock it');
  assert.equal(spool.status().storage?.key, 'the memory of a test');
  await spool.ack([1]);
  assert.equal(spool.status().storage?.keyProblem, null);
});

test('recovers and acknowledges without any key', async () => {
  const dir = join(await tempDir(), 'spool');
  const first = await openedSpool({ dir, keys: testKeys(OLD) });
  await first.append(eventLines(4));
  const copy = `${dir}-copy`;
  await cp(dir, copy, { recursive: true });
  const path = join(copy, (await segmentsOf(copy))[0] ?? '');
  const bytes = await readFile(path);
  bytes[30] = (bytes[30] ?? 0) ^ 1;
  await writeFile(path, bytes);
  const spool = await openedSpool({ dir: copy, keys: testKeys(NEW) });
  assert.equal(spool.recovery.lostRecords, 1);
  await spool.ack([2]);
  assert.equal(spool.status().delivered, 1);
  assert.equal(spool.status().pendingRecords, 2);
});

test('distinguishes frames of this version from others', () => {
  const frame = encodeFrame(1, 'x');
  assert.ok(frameAt(frame, 0));
  frame[3] = 3;
  assert.equal(frameAt(frame, 0), undefined);
});
