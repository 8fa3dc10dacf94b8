/** A disk of 1 MiB that is really full. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemDisk } from '../../../../agent/src/spool/system-disk.ts';
import { linesInBucket, linesInFolder } from '../../../support/agent/event-files.ts';
import { uploadSetup } from '../../../support/agent/upload-setup.ts';
import { eventLines } from '../../../support/lake/event-lines.ts';
import { smallDisk } from '../../../support/process/small-disk.ts';
import { sorted } from '../../../support/sorted.ts';
import { until } from '../../../support/time/until.ts';

const linesOf = (events: ReturnType<typeof eventLines>) => events.map(({ line }) => line);

test('leaves events to the queue while the disk is full, keeps no partial record, and resumes', async () => {
  const here = await uploadSetup();
  const dir = join(await smallDisk('1m'), 'files');
  const sink = here.open({}, { dir, compress: false });
  const delivered: string[] = [];
  let from = 1;
  for (let isFull: boolean = false; !isFull; from += 100) {
    const events = eventLines(100, { from, bytes: 700 });
    const outcomes = await sink.send(events);
    const [first] = outcomes;
    if (first?.status === 'delivered') delivered.push(...linesOf(events));
    else {
      isFull = true;
      assert.ok(first?.status === 'retryable');
      assert.equal(first.fault, 'storage_fault');
      assert.match(first.reason, /the disk is full; free up space \(ENOSPC\)/);
    }
  }
  assert.ok(delivered.length >= 1000);
  assert.deepEqual(await linesInFolder(dir), delivered);

  // The hour ends, the file goes to S3, and there is room.
  here.runtime.pass(3_600_000);
  await until('it is uploaded', () => here.server.objects.size === 1 && sink.pendingFiles === 0);
  const more = eventLines(100, { from, bytes: 700 });
  assert.ok((await sink.send(more)).every(({ status }) => status === 'delivered'));
  assert.deepEqual(linesInBucket(here.server), delivered);
  assert.deepEqual(await linesInFolder(dir), linesOf(more));
  await sink.close();
});

test('uploads a file uncompressed, once, if there is no room to compress it, even after a restart', async () => {
  const here = await uploadSetup();
  const disk = await smallDisk('1m');
  const dir = join(disk, 'files');
  const first = here.open({}, { dir, compress: false });
  const events = eventLines(500, { bytes: 700 });
  await first.send(events);
  // S3 is away, and so are the last blocks of the disk.
  here.server.intercept = () => ({ status: 503, code: 'SlowDown' });
  await first.close();
  const filler = join(disk, 'filler');
  await writeFile(filler, Buffer.alloc(2 * 1024 * 1024)).catch(() => undefined);

  const second = here.open({}, { dir });
  await second.send([]);
  await until('S3 has refused', () => second.lastError?.fault === 'throttled');
  await second.close();
  await systemDisk.remove(filler);
  here.server.intercept = undefined;
  const third = here.open({}, { dir });
  await third.send([]);
  await until(
    'it is uploaded',
    () => third.pendingFiles === 0,
    () => here.runtime.pass(1000),
  );
  await third.close();
  assert.match([...here.server.objects.keys()].join(), /^raw-files\/\S+\.plain\.jsonl$/);
  assert.deepEqual(sorted(linesInBucket(here.server)), sorted(linesOf(events)));
  assert.deepEqual(await linesInFolder(dir), []);
});
