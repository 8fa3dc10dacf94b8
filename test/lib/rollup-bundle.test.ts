/** The very bundle that would be deployed, run once against a stand-in for S3. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { builtAsset } from '../../lib/assets.ts';
import { s3Notification } from '../support/aws/s3-notification.ts';
import { S3Server } from '../support/aws/s3-server.ts';
import { parquetRows } from '../support/lake/parquet-rows.ts';
import { rawObject, rawSampleKey, sampleEvent } from '../support/lake/raw-samples.ts';

const bundle = join(builtAsset('lambdas/rollup'), 'index.mjs');

/** Calls the handler as Lambda would: one process, the event in, its answer out. */
async function invoke(event: object, env: Record<string, string>) {
  const script = `
    import { handler } from ${JSON.stringify(pathToFileURL(bundle).href)};
    const context = { awsRequestId: 'r-1', functionName: 'rollup', getRemainingTimeInMillis: () => 300_000 };
    console.log(JSON.stringify(await handler(JSON.parse(process.argv[1]), context)));
  `;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '--eval', script, JSON.stringify(event)],
    { env: { PATH: process.env.PATH, AWS_REGION: 'us-east-1', ...env } },
  );
  const lines = stdout.trim().split('\n');
  return { answer: JSON.parse(lines.at(-1) ?? ''), log: lines.slice(0, -1).map((line) => JSON.parse(line)) };
}

describe('the bundled rollup function', () => {
  let server: S3Server;
  beforeAll(async () => {
    server = await S3Server.start('the-lake');
  });
  afterAll(() => server.close());

  it('turns announced samples into rows, fails what it cannot read, and logs as JSON', async () => {
    const hour = { dt: '2026-11-20', hour: '09' };
    const key = rawSampleKey(hour, 'activity-1-2026-11-20-09-15-00-0b6c5f3e-43b4-4f0a-9c3a-2f5a6e1d7c88');
    server.objects.set(key, rawObject([sampleEvent(), sampleEvent()]));

    const { answer, log } = await invoke(
      {
        Records: [
          { messageId: 'good', body: s3Notification([key], 'the-lake') },
          { messageId: 'bad', body: 'not a notification' },
        ],
      },
      {
        LAKE_BUCKET: 'the-lake',
        // By this machine's clock, whatever year it shows.
        RAW_RETENTION_DAYS: '36500',
        AWS_ENDPOINT_URL_S3: server.endpoint,
        AWS_ACCESS_KEY_ID: 'test',
        AWS_SECRET_ACCESS_KEY: 'test',
      },
    );

    assert.deepEqual(answer, { batchItemFailures: [{ itemIdentifier: 'bad' }] });
    const minutes = server.objects.get('rollup/minutes/dt=2026-11-20/hour=09/part-0.parquet');
    const hours = server.objects.get('rollup/hours/dt=2026-11-20/hour=09/part-0.parquet');
    assert.ok(minutes && hours);
    const [row, ...rest] = await parquetRows(minutes);
    assert.equal(rest.length, 0);
    assert.equal(row?.user_id, 'ada');
    assert.equal(row?.state, 'productive');
    assert.equal(row?.seconds, 60);
    const [hourRow] = await parquetRows(hours);
    assert.equal(hourRow?.local_hour, 10);
    const done = log.find(({ message }) => message === 'hour recomputed');
    assert.equal(done?.samples, 1);
    assert.equal(done?.duplicates, 1);
    assert.equal(done?.function_request_id, 'r-1');
  });

  it('says what is missing when no lake is named', async () => {
    await assert.rejects(invoke({ Records: [] }, {}), /LAKE_BUCKET is not set: it must be the bucket/);
  });
});
