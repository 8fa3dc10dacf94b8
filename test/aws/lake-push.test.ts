import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pushLake } from '../../aws/lake-push/push-lake.ts';
import { S3PushTarget } from '../../aws/lake-push/s3-push-target.ts';
import { FileObjectStore } from '../../local/stores/object-store.ts';
import { s3ClientFor } from '../support/aws/s3-client.ts';
import { S3Server } from '../support/aws/s3-server.ts';
import { runCli } from '../support/process/cli.ts';

const OBJECTS = {
  'deletions/salt': 'salt',
  'raw/activity_type=sample/dt=2026-11-20/hour=09/a.json.gz': 'samples',
  'raw/activity_type=system/dt=2026-11-20/hour=09/b c+d=é.json.gz': 'starts',
  'rollup/minutes/dt=2026-11-20/hour=09/part-0.parquet': 'minutes',
  'errors/metadata-extraction-failed/2026/11/20/c': 'broken',
  'screenshots/ada/2026-11-20/1.bin': 'picture',
} as const;
const RAW = 'raw/activity_type=sample/dt=2026-11-20/hour=09/a.json.gz';

describe('pushing a lake', () => {
  let server: S3Server;
  let lakeDir: string;
  const push = (options = {}) =>
    pushLake({
      source: new FileObjectStore(lakeDir),
      target: new S3PushTarget(s3ClientFor(server), 'the-lake'),
      ...options,
    });
  const puts = () => server.requests.filter(({ operation }) => operation === 'PutObject');

  beforeEach(async () => {
    server = await S3Server.start('the-lake');
    lakeDir = await mkdtemp(join(tmpdir(), 'kinetrack-push-'));
    const store = new FileObjectStore(lakeDir);
    for (const [key, text] of Object.entries(OBJECTS)) await store.put(key, Buffer.from(text));
  });
  afterEach(async () => {
    await server.close();
    await rm(lakeDir, { recursive: true });
  });

  it('copies every object under its key, tombstones first and raw events after the rollups', async () => {
    const report = await push({ concurrency: 1 });
    assert.equal(report.copied, 6);
    assert.equal(report.copiedBytes, Object.values(OBJECTS).join('').length);
    for (const [key, text] of Object.entries(OBJECTS))
      assert.equal(server.objects.get(key)?.toString(), text);
    assert.deepEqual(
      puts().map(({ key }) => key.split('/')[0]),
      ['deletions', 'rollup', 'raw', 'raw', 'errors', 'screenshots'],
    );
  });

  it('sends nothing the second time', async () => {
    await push();
    const before = puts().length;
    const report = await push();
    assert.deepEqual({ copied: report.copied, same: report.same }, { copied: 0, same: 6 });
    assert.equal(puts().length, before);
  });

  it('resumes after an interruption', async () => {
    let allowed = 3;
    server.intercept = ({ operation }) =>
      operation === 'PutObject' && --allowed < 0 ? { status: 403, code: 'AccessDenied' } : undefined;
    await assert.rejects(push({ concurrency: 1 }), { name: 'AccessDenied' });
    assert.equal(server.objects.size, 3);
    server.intercept = undefined;
    const report = await push();
    assert.deepEqual({ copied: report.copied, same: report.same }, { copied: 3, same: 3 });
  });

  it('treats an object as copied if it arrived but its answer was lost', async () => {
    server.committed = ({ operation, key }) =>
      operation === 'PutObject' && key === RAW ? ('drop' as const) : undefined;
    await assert.rejects(push());
    server.committed = undefined;
    const report = await push();
    assert.equal(report.conflicts.length, 0);
    assert.equal(server.objects.get(RAW)?.toString(), 'samples');
  });

  it('overwrites nothing, and names the existing object', async () => {
    server.objects.set(RAW, Buffer.from('SAMPLES'));
    server.objects.set('rollup/minutes/dt=2026-11-20/hour=09/part-0.parquet', Buffer.from('of others'));
    const report = await push();
    assert.deepEqual(report.conflicts, [RAW]);
    assert.deepEqual(report.differentRollups, ['rollup/minutes/dt=2026-11-20/hour=09/part-0.parquet']);
    assert.equal(server.objects.get(RAW)?.toString(), 'SAMPLES');
  });

  it('does not replace what somebody stored since it looked', async () => {
    server.intercept = ({ operation, key }) => {
      if (operation === 'PutObject' && key === RAW) server.objects.set(key, Buffer.from('faster'));
      return undefined;
    };
    const report = await push();
    assert.deepEqual(report.conflicts, [RAW]);
    assert.equal(server.objects.get(RAW)?.toString(), 'faster');
  });

  it('compares the bytes themselves with an object that has no SHA-256', async () => {
    server.objects.set(RAW, Buffer.from('samples'));
    const report = await push();
    assert.deepEqual({ same: report.same, conflicts: report.conflicts }, { same: 1, conflicts: [] });
    assert.ok(server.requests.some(({ operation, key }) => operation === 'GetObject' && key === RAW));
  });

  it('sends nothing in a dry run', async () => {
    const report = await push({ dryRun: true });
    assert.equal(report.copied, 6);
    assert.equal(server.objects.size, 0);
  });

  it('leaves files alone that are still being written', async () => {
    await writeFile(join(lakeDir, `${RAW}.1-1.writing`), 'half');
    assert.equal((await push()).objects, 6);
  });

  describe('by the command line', () => {
    const env = () => ({
      AWS_ENDPOINT_URL_S3: server.endpoint,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
    });
    const cli = (...args: string[]) => runCli(['lake', 'push', '--lake', lakeDir, ...args], { env: env() });

    it('says what was sent and what was there', async () => {
      const first = await cli('--bucket', 'the-lake');
      assert.equal(first.code, 0, first.stderr);
      assert.match(first.stdout, /6 objects, .* to the-lake\n {2}copied {4}6 \([^)]*\), verified by SHA-256/);
      assert.match((await cli('--bucket', 'the-lake')).stdout, /existing {2}6, identical/);
      assert.equal(await readFile(join(lakeDir, RAW), 'utf8'), 'samples');
    });

    it('exits with 1 if another object has the key', async () => {
      server.objects.set(RAW, Buffer.from('other'));
      const { code, stdout } = await cli('--bucket', 'the-lake');
      assert.equal(code, 1);
      assert.ok(stdout.includes(RAW));
    });

    it('says what is wrong with the bucket and that nothing is lost', async () => {
      const { code, stderr } = await cli('--bucket', 'another');
      assert.equal(code, 1);
      assert.match(
        stderr,
        /the bucket another does not exist .*Copied objects stay in the bucket\. .*run the same command again/s,
      );
    });

    it('wants a bucket or a deployment', async () => {
      const { code, stderr } = await cli();
      assert.equal(code, 2);
      assert.match(stderr, /pass exactly one of --bucket NAME and --stack NAME/);
    });
  });
});
