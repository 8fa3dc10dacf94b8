import assert from 'node:assert/strict';
import { readdir, readFile, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileSink } from '../../../../agent/src/sinks/index.ts';
import { afterTest } from '../../../runner/running-test.ts';
import { eventFiles, linesInBucket } from '../../../support/agent/event-files.ts';
import {
  BUCKET,
  failed,
  KEY,
  leave,
  MiB,
  STEM,
  uploaded,
  uploadSetup,
} from '../../../support/agent/upload-setup.ts';
import { s3ClientFor } from '../../../support/aws/s3-client.ts';
import { checksumText } from '../../../support/aws/s3-multipart.ts';
import { eventLines } from '../../../support/lake/event-lines.ts';
import { sorted } from '../../../support/sorted.ts';
import { until } from '../../../support/time/until.ts';

test('uploads a small file with one request, and deletes it once S3 has confirmed it', async () => {
  const here = await uploadSetup();
  const sink = here.open({ prefix: 'team/' });
  const events = eventLines(300);
  await sink.send(events);
  assert.equal(sink.pendingFiles, 0);
  here.runtime.sleep(3_600_000);
  await sink.send(eventLines(1, { from: 301 }));
  await until('it is uploaded', () => here.server.objects.size === 1 && sink.pendingFiles === 0);
  const [key = ''] = here.server.objects.keys();
  assert.match(key, /^team\/raw-files\/dt=2026-11-20\/hour=09\/events-2026-11-20T09-\S+\.jsonl\.gz$/);
  assert.deepEqual(
    linesInBucket(here.server),
    events.map(({ line }) => line),
  );
  assert.equal(here.operations(), 'PutObject HeadObject');
  assert.equal((await eventFiles(here.dir)).length, 1, 'only the file in writing is left');
});

test('uploads a large file in parts, none of them too small, with the checksum of the whole', async () => {
  const here = await uploadSetup();
  const content = await leave(here, 12 * MiB);
  await uploaded(here, here.open());
  assert.ok(here.server.objects.get(KEY)?.equals(content));
  assert.equal(
    here.operations(),
    'CreateMultipartUpload UploadPart UploadPart UploadPart CompleteMultipartUpload HeadObject',
  );
  assert.deepEqual(here.server.uploads.open, []);
});

test('uploads the oldest first, one at a time, whatever the clock did meanwhile', async () => {
  const here = await uploadSetup();
  const stems = ['T08-00000010', 'T09-00000009', 'T07-00000100'].map((at) =>
    STEM.replace('T08-00000041', at),
  );
  for (const stem of stems) await writeFile(join(here.dir, `${stem}.jsonl`), '{"seq":1}\n');
  await uploaded(here, here.open());
  assert.deepEqual(
    [...here.server.objects.keys()].map((key) => Number(/T\d\d-(\d+)/.exec(key)?.[1])),
    [9, 10, 100],
  );
  assert.equal(here.operations(), 'PutObject HeadObject PutObject HeadObject PutObject HeadObject');
});

test('accepts the answer as confirmation without permission to read the object', async () => {
  for (const bytes of [1000, 12 * MiB]) {
    const here = await uploadSetup();
    await leave(here, bytes);
    here.server.intercept = ({ operation }) =>
      operation === 'HeadObject' ? { status: 403, code: 'AccessDenied' } : undefined;
    await uploaded(here, here.open());
    assert.ok(here.server.objects.has(KEY));
  }
});

const CHANGES: readonly (readonly [what: string, change: (body: Buffer) => Buffer | undefined])[] = [
  ['another size', (body: Buffer) => body.subarray(1)],
  ['other bytes of the same size', (body: Buffer) => Buffer.from(body).fill(0, 0, 4)],
  ['nothing', () => undefined],
];
for (const [what, change] of CHANGES) {
  for (const bytes of [1000, 6 * MiB]) {
    test(`keeps a file of ${bytes} bytes while S3 holds ${what}, and uploads it again`, async () => {
      const here = await uploadSetup();
      const content = await leave(here, bytes);
      here.server.committed = ({ operation }) => {
        const body = here.server.objects.get(KEY);
        if (operation === 'HeadObject' || body === undefined) return undefined;
        const changed = change(body);
        if (changed === undefined) here.server.objects.delete(KEY);
        else here.server.objects.set(KEY, changed);
        return undefined;
      };
      const sink = here.open();
      const { reason } = await failed(sink);
      assert.match(
        reason,
        /^s3:\/\/lake\/raw-files\S+ (?:differs from the file|is missing) after its upload: the file is kept/,
      );
      assert.ok((await readFile(join(here.dir, `${STEM}.jsonl.gz`))).equals(content));
      assert.equal(sink.pendingFiles, 1);
      assert.equal(sink.pendingBytes, bytes);
      here.server.committed = undefined;
      await uploaded(here, sink);
      assert.equal(checksumText(here.server.objects.get(KEY) ?? Buffer.of()), checksumText(content));
    });
  }
}

test('waits longer after each failure, and reports the reason', async () => {
  const here = await uploadSetup();
  await leave(here, 1000);
  here.server.intercept = () => ({ status: 503, code: 'SlowDown' });
  const sink = here.open();
  assert.deepEqual((await failed(sink)).fault, 'throttled');
  assert.match(sink.lastError?.reason ?? '', /the bucket lake throttles requests.*\(SlowDown\)/);
  // Random below 1, 2, 4 seconds: half of it by this runtime.
  for (const waitMs of [500, 1000, 2000]) {
    await until('it waits', () => here.runtime.timers === 1);
    const tried = here.server.requests.length;
    here.runtime.pass(waitMs - 1);
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(here.runtime.timers, 1, 'too early');
    here.runtime.pass(1);
    await until('it tries again', () => here.server.requests.length === tried + 1);
  }
  await until('it waits', () => here.runtime.timers === 1);
  here.server.intercept = undefined;
  await sink.flush?.();
  await until('it does not wait out a flush', () => sink.pendingFiles === 0);
  assert.equal(sink.lastError, null);
});

test('names a bucket that is missing, credentials that are refused, a server that is gone', async () => {
  const here = await uploadSetup();
  await leave(here, 1000);
  for (const [status, code, fault] of [
    [404, 'NoSuchBucket', 'destination_missing'],
    [403, 'AccessDenied', 'access_denied'],
    [403, 'ExpiredToken', 'credentials_expired'],
    [403, 'RequestTimeTooSkewed', 'clock_wrong'],
  ] as const) {
    here.server.intercept = () => ({ status, code });
    const sink = here.open();
    assert.equal((await failed(sink)).fault, fault);
    await sink.close();
  }
  await here.server.close();
  assert.equal((await failed(here.open())).fault, 'refused');
});

test('accepts events while S3 does not answer, and leaves them to the queue above the limit', async () => {
  const here = await uploadSetup();
  let letGo = () => {};
  const held = new Promise<undefined>((resolve) => {
    letGo = () => resolve(undefined);
  });
  here.server.committed = () => held;
  const sink = fileSink({
    dir: here.dir,
    runtime: here.runtime,
    compress: false,
    rotateBytes: 1000,
    maxBytes: 3000,
    upload: { bucket: BUCKET, client: s3ClientFor(here.server) },
  });
  afterTest(() => sink.close());
  const events = eventLines(12, { bytes: 300 });
  const outcomes = await sink.send(events);
  assert.deepEqual(
    outcomes.map(({ status }) => status),
    [...Array(9).fill('delivered'), ...Array(3).fill('retryable')],
  );
  const last = outcomes.at(-1);
  assert.ok(last?.status === 'retryable');
  assert.match(last.reason, /have reached 3000 bytes, so events stay in the queue: they are being uploaded/);
  here.server.committed = undefined;
  letGo();
  await until('there is room again', () => sink.pendingFiles === 0);
  assert.ok((await sink.send(events.slice(9))).every(({ status }) => status === 'delivered'));
  await sink.close();
  // As before: compressed, what was being uploaded meanwhile would be another object.
  const again = here.open({}, { compress: false });
  await uploaded(here, again);
  assert.deepEqual(sorted(linesInBucket(here.server)), sorted(events.map(({ line }) => line)));
});

test('moves confirmed files to a folder if they are to be kept, and does not upload them again', async () => {
  const here = await uploadSetup();
  await leave(here, 6 * MiB);
  for (const times of [1, 2]) {
    const sink = here.open({ deleteAfterUpload: false });
    await sink.send([]);
    await until('it is uploaded', () => sink.pendingFiles === 0);
    await sink.close();
    assert.equal(here.server.requests.filter(({ operation }) => operation === 'PutObject').length, 0);
    assert.equal(here.server.requests.length, 5, `after ${times} starts`);
  }
  assert.deepEqual(await readdir(join(here.dir, 'uploaded')), [`${STEM}.jsonl.gz`]);
  assert.deepEqual(sorted(await readdir(here.dir)), ['owner', 'uploaded']);
});

test('forgets a file that was removed meanwhile', async () => {
  const here = await uploadSetup();
  await leave(here, 1000);
  here.server.intercept = () => ({ status: 503, code: 'SlowDown' });
  const sink = here.open();
  await failed(sink);
  await unlink(join(here.dir, `${STEM}.jsonl.gz`));
  await until(
    'it is forgotten',
    () => sink.pendingFiles === 0,
    () => here.runtime.pass(1000),
  );
  here.server.intercept = undefined;
  await uploaded(here, here.open());
});
