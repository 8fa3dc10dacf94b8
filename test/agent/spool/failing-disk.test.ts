import assert from 'node:assert/strict';
import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { eventLines } from '../../support/lake/event-lines.ts';
import { tempDir } from '../../support/process/temp-dir.ts';
import { diskError, FaultyDisk } from '../../support/spool/faulty-disk.ts';
import { everything, idsOf, openedSpool, openTestSpool } from '../../support/spool/opened-spool.ts';

/** What a process would find that started now, this one having been killed. */
async function afterKill(
  dir: string,
  work: (records: readonly string[], lastSeq: number) => void,
): Promise<void> {
  const copy = `${dir}-copy`;
  await cp(dir, copy, { recursive: true });
  const spool = await openTestSpool({ dir: copy });
  work(
    (await spool.read(everything)).map(({ id, line }) => `${id} ${line}`),
    spool.lastSeq,
  );
  await spool.close();
}

test('writes the rest if the disk accepts only a part', async () => {
  const disk = new FaultyDisk();
  const dir = join(await tempDir(), 'spool');
  disk.maxWriteBytes = 7;
  const spool = await openedSpool({ dir, disk });
  const records = eventLines(5);
  await spool.append(records);
  assert.deepEqual(await spool.read(everything), records);
  await afterKill(dir, (found) => assert.equal(found.length, 5));
});

test('cuts a part of a write back when the disk fails, says so, and accepts again once it does not', async () => {
  const disk = new FaultyDisk();
  const dir = join(await tempDir(), 'spool');
  const spool = await openedSpool({ dir, disk });
  await spool.append([{ id: 1, line: 'one' }]);
  const behind: Promise<void>[] = [];
  let room = 2;
  disk.maxWriteBytes = 30;
  disk.before = (operation) => {
    if (operation !== 'write' || room-- > 0) return;
    // Comes while the disk refuses: let through, it would leave id 2 without a chance.
    behind.push(assert.rejects(spool.append([{ id: 3, line: 'behind' }]), { code: 'io' }));
    throw diskError('EIO');
  };
  const failed = spool.append([{ id: 2, line: 'too early'.repeat(20) }]);
  await assert.rejects(failed, { code: 'io', message: /the disk reports an error; .* \(EIO\)/ });
  disk.before = () => {};
  assert.equal(behind.length, 1);
  await Promise.all(behind);
  assert.equal(spool.lastSeq, 1);
  await afterKill(dir, (found, lastSeq) => {
    assert.deepEqual(found, ['1 one']);
    assert.equal(lastSeq, 1);
  });

  await spool.append([{ id: 2, line: 'two' }]);
  assert.deepEqual(
    (await spool.read(everything)).map(({ line }) => line),
    ['one', 'two'],
  );
});

test('moves to another file when a sync fails, and never trusts the first again', async () => {
  const disk = new FaultyDisk();
  const dir = join(await tempDir(), 'spool');
  const spool = await openedSpool({ dir, disk });
  await spool.append([{ id: 1, line: 'one' }]);
  const broken = new Set<string>();
  disk.before = (operation, path) => {
    if (operation === 'datasync' && broken.size === 0) {
      broken.add(path);
      throw diskError('EIO');
    }
    // Linux reports a lost page once; after that everything looks well.
    assert.ok(
      !(broken.has(path) && (operation === 'write' || operation === 'datasync')),
      `${operation} again`,
    );
  };
  await spool.append([{ id: 2, line: 'two' }]);
  await spool.append([{ id: 3, line: 'three' }]);
  assert.equal(broken.size, 1);
  assert.deepEqual(
    (await spool.read(everything)).map(({ line }) => line),
    ['one', 'two', 'three'],
  );
  await afterKill(dir, (found) => assert.deepEqual(found, ['1 one', '2 two', '3 three']));
});

test('does not bring back what was refused after its sync failed, even if the bytes stayed on the disk', async () => {
  const disk = new FaultyDisk();
  const dir = join(await tempDir(), 'spool');
  const spool = await openedSpool({ dir, disk });
  await spool.append([{ id: 1, line: 'one' }]);
  disk.before = (operation) => {
    if (operation === 'datasync' || operation === 'truncate') throw diskError('EIO');
  };
  await assert.rejects(spool.append([{ id: 2, line: 'refused' }]), { code: 'io', message: /EIO/ });
  assert.equal(spool.lastSeq, 1);
  disk.before = () => {};
  await spool.append([{ id: 2, line: 'two' }]);
  await afterKill(dir, (found, lastSeq) => {
    assert.deepEqual(found, ['1 one', '2 two']);
    assert.equal(lastSeq, 2);
  });
});

test('keeps an acknowledgement when its log is rewritten', async () => {
  const disk = new FaultyDisk();
  const dir = join(await tempDir(), 'spool');
  const spool = await openedSpool({ dir, disk });
  await spool.append(eventLines(4));
  let failures = 0;
  disk.before = (operation, path) => {
    if (operation === 'datasync' && path.includes('ledger') && failures++ === 0) throw diskError('EIO');
  };
  await spool.ack([1, 3]);
  assert.equal(failures, 2);
  await spool.ack([4]);
  await afterKill(dir, (found, lastSeq) => {
    assert.deepEqual(
      found.map((line) => line.split(' ')[0]),
      ['2'],
    );
    assert.equal(lastSeq, 4);
  });
});

test('says so when an acknowledgement cannot be recorded, and does not read the record again meanwhile', async () => {
  const disk = new FaultyDisk();
  const dir = join(await tempDir(), 'spool');
  const spool = await openedSpool({ dir, disk });
  await spool.append(eventLines(2));
  disk.before = () => {
    throw diskError('ENOSPC');
  };
  await assert.rejects(spool.ack([1]), {
    code: 'io',
    message: /cannot record acknowledgements .*disk is full/,
  });
  assert.deepEqual(
    (await spool.read(everything)).map(({ id }) => id),
    [2],
  );
  await afterKill(dir, (found) => assert.equal(found.length, 2));
  disk.before = () => {};
  await spool.ack([2]);
  await afterKill(dir, (found) => assert.equal(found.length, 0));
});

test('loses nothing when a new segment is only half made', async () => {
  const disk = new FaultyDisk();
  const dir = join(await tempDir(), 'spool');
  const spool = await openedSpool({ dir, disk, segmentBytes: 200 });
  await spool.append([{ id: 1, line: 'x'.repeat(100) }]);
  disk.before = async (operation, path) => {
    if (operation !== 'create') return;
    // The file is there, and the caller does not know.
    await writeFile(path, '');
    throw diskError('EIO');
  };
  await assert.rejects(spool.append([{ id: 2, line: 'y'.repeat(100) }]), { code: 'io' });
  disk.before = () => {};
  // Short enough for the first segment, where the half made one would void it.
  await spool.append([{ id: 2, line: 'short' }]);
  await afterKill(dir, (found, lastSeq) => {
    assert.deepEqual(found, [`1 ${'x'.repeat(100)}`, '2 short']);
    assert.equal(lastSeq, 2);
  });
});

test('records an acknowledgement even if the space of delivered events cannot be freed yet', async () => {
  const disk = new FaultyDisk();
  const dir = join(await tempDir(), 'spool');
  const spool = await openedSpool({ dir, disk });
  await spool.append(eventLines(200, { bytes: 400 }));
  disk.before = (operation, path) => {
    if (operation === 'create' && path.endsWith('.kts')) throw diskError('EMFILE');
  };
  await assert.rejects(spool.ack(idsOf(eventLines(200))), { code: 'io', message: /too many open files/ });
  await afterKill(dir, (found, lastSeq) => {
    assert.deepEqual(found, []);
    assert.equal(lastSeq, 200);
  });
});

test('deletes nothing at its end whose acknowledgement could not be recorded', async () => {
  const disk = new FaultyDisk();
  const dir = join(await tempDir(), 'spool');
  const spool = await openedSpool({ dir, disk });
  await spool.append(eventLines(3));
  disk.before = (_, path) => {
    if (path.includes('ledger')) throw diskError('EIO');
  };
  await assert.rejects(spool.ack([1, 2, 3]), { code: 'io' });
  await spool.close();
  const again = await openedSpool({ dir });
  assert.deepEqual(await again.read(everything), eventLines(3));
  assert.deepEqual(again.status().dropped, {});
});

test('never uses a log again after a failed sync, even if only space was missing', async () => {
  const disk = new FaultyDisk();
  const dir = join(await tempDir(), 'spool');
  const spool = await openedSpool({ dir, disk });
  await spool.append(eventLines(3));
  const operations: string[] = [];
  disk.before = (operation, path) => {
    if (!path.endsWith('ledger.log.new')) return;
    operations.push(operation);
    if (operation === 'datasync' && operations.length === 2) throw diskError('ENOSPC');
  };
  await spool.ack([1]);
  // Written, refused, cut back; from then on another file under the same name.
  assert.deepEqual(operations.slice(0, 3), ['write', 'datasync', 'truncate']);
  assert.deepEqual(operations.slice(3), ['remove', 'create', 'write', 'datasync', 'rename']);
  await afterKill(dir, (found) => assert.equal(found.length, 2));
});
