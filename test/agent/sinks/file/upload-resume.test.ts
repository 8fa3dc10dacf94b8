import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import {
  failed,
  KEY,
  leave,
  MiB,
  STEM,
  type UploadSetup,
  uploaded,
  uploadSetup,
} from '../../../support/agent/upload-setup.ts';
import { until } from '../../../support/time/until.ts';

/** S3 refuses the first request that completes an upload. */
function failFirstCompletion(
  { server }: UploadSetup,
  error: { readonly status: number; readonly code: string },
): void {
  let isFirst = true;
  server.intercept = ({ operation }) => {
    if (operation !== 'CompleteMultipartUpload' || !isFirst) return undefined;
    isFirst = false;
    return error;
  };
}

for (const [position, kept] of [
  ['CreateMultipartUpload', 0],
  ['UploadPart', 1],
  ['CompleteMultipartUpload', 3],
] as const) {
  test(`goes on where the answer to ${position} was lost after S3 had done it`, async () => {
    const here = await uploadSetup();
    const content = await leave(here, 12 * MiB);
    let isFirst = true;
    here.server.committed = ({ operation }) => {
      if (operation !== position || !isFirst) return undefined;
      isFirst = false;
      return 'drop';
    };
    await uploaded(here, here.open());
    assert.ok(here.server.objects.get(KEY)?.equals(content));
    const parts = here.server.requests.filter(({ operation }) => operation === 'UploadPart').length;
    assert.equal(parts, 3, `no part is sent twice: ${kept} were there`);
    assert.equal(
      here.server.requests.some(({ operation }) => operation === 'PutObject'),
      false,
    );
  });
}

test('sends a small file again under the same key when the answer was lost', async () => {
  const here = await uploadSetup();
  const content = await leave(here, 1000);
  let isFirst = true;
  here.server.committed = ({ operation }) => {
    if (operation !== 'PutObject' || !isFirst) return undefined;
    isFirst = false;
    return 'drop';
  };
  await uploaded(here, here.open());
  assert.equal(here.operations(), 'PutObject PutObject HeadObject');
  assert.ok(here.server.objects.get(KEY)?.equals(content));
  assert.equal(here.server.objects.size, 1);
});

test('reads the list of parts page by page', async () => {
  const here = await uploadSetup();
  await leave(here, 23 * MiB);
  here.server.partsPerPage = 2;
  let parts = 0;
  here.server.intercept = ({ operation }) =>
    operation === 'UploadPart' && ++parts === 5 ? { status: 500, code: 'InternalError' } : undefined;
  await uploaded(here, here.open());
  assert.equal(here.server.requests.filter(({ operation }) => operation === 'ListParts').length, 2);
  assert.equal(here.server.requests.filter(({ operation }) => operation === 'UploadPart').length, 6);
});

test('starts over when S3 no longer has the upload', async () => {
  const here = await uploadSetup();
  const content = await leave(here, 12 * MiB);
  let parts = 0;
  here.server.committed = ({ operation }) => {
    if (operation === 'UploadPart' && ++parts === 2) here.server.uploads.forgetAll();
    return undefined;
  };
  await uploaded(here, here.open());
  assert.ok(here.server.objects.get(KEY)?.equals(content));
  assert.equal(
    here.server.requests.filter(({ operation }) => operation === 'CreateMultipartUpload').length,
    2,
  );
});

/** A sink that was closed after two of three parts. */
async function interrupted(here: UploadSetup): Promise<string> {
  let parts = 0;
  here.server.intercept = ({ operation }) =>
    operation === 'UploadPart' && ++parts === 3 ? { status: 503, code: 'SlowDown' } : undefined;
  const sink = here.open();
  await failed(sink);
  await sink.close();
  here.server.intercept = undefined;
  here.server.requests.length = 0;
  const [journal = ''] = (await readdir(here.dir)).filter((name) => name.endsWith('.upload'));
  return join(here.dir, journal);
}

test('a new process sends only the parts that are missing', async () => {
  const here = await uploadSetup();
  const content = await leave(here, 12 * MiB);
  assert.equal(basename(await interrupted(here)), `${STEM}.jsonl.gz.upload`);
  // The parts of the upload that has begun decide, not today's option.
  await uploaded(here, here.open({ partBytes: 7 * MiB }));
  assert.equal(here.operations(), 'ListParts UploadPart CompleteMultipartUpload HeadObject');
  assert.ok(here.server.objects.get(KEY)?.equals(content));
});

test('starts over with a journal that is damaged or of another file', async () => {
  const here = await uploadSetup();
  const content = await leave(here, 12 * MiB);
  const journal = await readFile(await interrupted(here));
  // Every byte would take minutes: each field, and the ends.
  for (const at of [0, 5, 9, 30, Math.floor(journal.length / 2), journal.length - 2, journal.length]) {
    await leaveAgain(here, content);
    const damaged = at === journal.length ? journal.subarray(0, at - 1) : Buffer.from(journal);
    if (at < journal.length) damaged[at] = (damaged[at] ?? 0) ^ 1;
    await writeFile(join(here.dir, `${STEM}.jsonl.gz.upload`), damaged);
    here.server.requests.length = 0;
    const sink = here.open();
    await uploaded(here, sink);
    await sink.close();
    assert.match(here.operations(), /^CreateMultipartUpload /, `damaged at ${at}`);
    assert.ok(here.server.objects.get(KEY)?.equals(content));
  }
  const other = await leave(here, 12 * MiB);
  await writeFile(join(here.dir, `${STEM}.jsonl.gz.upload`), journal);
  await uploaded(here, here.open());
  assert.ok(here.server.objects.get(KEY)?.equals(other));
});

const leaveAgain = ({ dir }: UploadSetup, content: Buffer) =>
  writeFile(join(dir, `${STEM}.jsonl.gz`), content);

test('works without permission to list parts', async () => {
  const here = await uploadSetup();
  const content = await leave(here, 12 * MiB);
  await interrupted(here);
  here.server.intercept = ({ operation }) =>
    operation === 'ListParts' ? { status: 403, code: 'AccessDenied' } : undefined;
  await uploaded(here, here.open());
  assert.equal(
    here.operations(),
    'ListParts UploadPart UploadPart UploadPart CompleteMultipartUpload HeadObject',
  );
  assert.ok(here.server.objects.get(KEY)?.equals(content));
});

test('does not wait for an upload in close(), and resumes it at the next start', async () => {
  const here = await uploadSetup();
  const content = await leave(here, 12 * MiB);
  here.server.committed = ({ operation }) =>
    operation === 'UploadPart' ? new Promise<undefined>(() => {}) : undefined;
  const sink = here.open();
  await until('a part is there', () =>
    here.server.requests.some(({ operation }) => operation === 'UploadPart'),
  );
  await sink.close();
  assert.equal(here.runtime.timers, 0);
  here.server.committed = undefined;
  here.server.requests.length = 0;
  await uploaded(here, here.open());
  assert.equal(here.operations(), 'ListParts UploadPart UploadPart CompleteMultipartUpload HeadObject');
  assert.ok(here.server.objects.get(KEY)?.equals(content));
});

test('starts over when S3 refuses to complete the upload, and leaves no parts behind', async () => {
  for (const code of ['InvalidPart', 'InvalidPartOrder', 'EntityTooSmall', 'BadDigest']) {
    const here = await uploadSetup();
    const content = await leave(here, 6 * MiB);
    failFirstCompletion(here, { status: 400, code });
    await uploaded(here, here.open());
    assert.match(here.operations(), /CompleteMultipartUpload AbortMultipartUpload CreateMultipartUpload/);
    assert.deepEqual(here.server.uploads.open, []);
    assert.ok(here.server.objects.get(KEY)?.equals(content));
  }
});

test('detects an error in an answer with status 200', async () => {
  const here = await uploadSetup();
  const content = await leave(here, 6 * MiB);
  failFirstCompletion(here, { status: 200, code: 'InternalError' });
  await uploaded(here, here.open());
  assert.match(here.operations(), /CompleteMultipartUpload ListParts CompleteMultipartUpload HeadObject$/);
  assert.ok(here.server.objects.get(KEY)?.equals(content));
});
