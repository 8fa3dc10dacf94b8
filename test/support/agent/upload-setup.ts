/** A file sink between a real folder and a fake S3. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type FileSink,
  type FileSinkOptions,
  fileSink,
  type UploadOptions,
} from '../../../agent/src/sinks/index.ts';
import { afterTest } from '../../runner/running-test.ts';
import { s3ClientFor } from '../aws/s3-client.ts';
import { S3Server } from '../aws/s3-server.ts';
import { tempDir } from '../process/temp-dir.ts';
import { TestRuntime } from '../time/test-runtime.ts';
import { until } from '../time/until.ts';

export const BUCKET = 'lake';
export const MiB = 1024 * 1024;
export const STEM = 'events-2026-11-20T08-00000041-0a1b2c3d-0000-4000-8000-000000000001';
export const KEY = `raw-files/dt=2026-11-20/hour=08/${STEM}.jsonl.gz`;

/** A folder, a bucket, a runtime, and a function that opens sinks between them. */
export async function uploadSetup() {
  const server = await S3Server.start(BUCKET);
  const client = s3ClientFor(server);
  const dir = await tempDir();
  const runtime = new TestRuntime();
  afterTest(async () => {
    client.destroy();
    await server.close();
  });
  const open = (upload: Partial<UploadOptions> = {}, options: Partial<FileSinkOptions> = {}) => {
    const sink = fileSink({
      dir,
      runtime,
      upload: { bucket: BUCKET, client, partBytes: 5 * MiB, ...upload },
      ...options,
    });
    afterTest(() => sink.close());
    return sink;
  };
  const operations = () => server.requests.map(({ operation }) => operation).join(' ');
  return { server, dir, runtime, open, operations };
}
export type UploadSetup = Awaited<ReturnType<typeof uploadSetup>>;

/** Time passes until no file is pending. */
export const uploaded = async ({ runtime, dir }: UploadSetup, sink: FileSink) => {
  // The sink has read the folder after its first send.
  await sink.send([]);
  await until(
    'everything is uploaded',
    () => sink.pendingFiles === 0,
    () => runtime.pass(1000),
  );
  assert.equal(sink.lastError, null);
  assert.deepEqual(
    (await readdir(dir)).filter((name) => name !== 'owner'),
    [],
  );
};
export const failed = async (sink: FileSink) => {
  await sink.send([]);
  await until('an upload has failed', () => sink.lastError !== null);
  assert.ok(sink.lastError);
  return sink.lastError;
};

/** Writes a finished file, like an earlier process. Its random bytes are not gzip: nothing reads them. */
export async function leave({ dir }: UploadSetup, bytes: number): Promise<Buffer> {
  const content = randomBytes(bytes);
  await writeFile(join(dir, `${STEM}.jsonl.gz`), content);
  return content;
}
