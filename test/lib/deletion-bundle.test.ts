/** The very bundle that would be deployed, against stand-ins for S3 and SQS and a real DynamoDB protocol. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { DEFAULT_RULES, deletionReceipt } from '@kinetrack/schema';
import { S3ObjectStore } from '../../aws/stores/object-store.ts';
import { DynamoSummaries } from '../../aws/stores/summary-writer.ts';
import { builtAsset } from '../../lib/assets.ts';
import { rollupHour } from '../../pipeline/rollup/index.ts';
import { afterTest } from '../runner/running-test.ts';
import { createTable, startDynamo } from '../support/aws/dynamo-server.ts';
import { s3ClientFor } from '../support/aws/s3-client.ts';
import { S3History } from '../support/aws/s3-history.ts';
import { S3Server } from '../support/aws/s3-server.ts';
import { gzipLines, sampleLine, textOf } from '../support/lake/deletion-lake.ts';
import { closeServer, endpointOf, listening } from '../support/network/loopback.ts';

const bundle = join(builtAsset('lambdas/delete'), 'index.mjs');
const HOUR = { dt: '2026-11-20', hour: '09' };
const SHARED = 'raw/activity_type=sample/dt=2026-11-20/hour=09/shared.json.gz';
const REQUEST = JSON.stringify({ delete: { id: 'd-1', user_id: 'bob', requested_by: 'root' } });

/** SendMessage alone: what was sent, with its delay. */
async function startQueue() {
  const sent: { MessageBody: string; DelaySeconds?: number; QueueUrl: string }[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const message = JSON.parse(body);
      sent.push(message);
      const MD5OfMessageBody = createHash('md5').update(message.MessageBody).digest('hex');
      response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' });
      response.end(JSON.stringify({ MessageId: 'm', MD5OfMessageBody }));
    });
  });
  await listening(server);
  afterTest(() => closeServer(server));
  return { sent, endpoint: endpointOf(server) };
}

/** Calls the handler as Lambda would: one process, the event in. */
async function invoke(bodies: readonly string[], env: Record<string, string>): Promise<string> {
  const event = { Records: bodies.map((body, i) => ({ messageId: `m${i}`, body })) };
  const script = `
    import { handler } from ${JSON.stringify(pathToFileURL(bundle).href)};
    const context = { awsRequestId: 'r-1', functionName: 'delete', getRemainingTimeInMillis: () => 900_000 };
    await handler(JSON.parse(process.argv[1]), context);
  `;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '--eval', script, JSON.stringify(event)],
    { env: { PATH: process.env.PATH, AWS_REGION: 'us-east-1', ...env } },
  );
  return stdout;
}

it('the bundled deletion function deletes a person from bucket, versions and table, in two passes', async () => {
  const s3 = await S3Server.start('the-lake');
  afterTest(() => s3.close());
  const client = s3ClientFor(s3);
  afterTest(() => client.destroy());
  const dynamo = await startDynamo();
  afterTest(() => dynamo.close());
  const queue = await startQueue();
  const table = await createTable(dynamo.client(), { sortKey: true });
  const summaries = new DynamoSummaries({
    client: dynamo.client(),
    table,
    retentionDays: 36_500,
    wait: () => Promise.resolve(),
    random: () => 0,
  });
  const store = new S3ObjectStore({ client, bucket: 'the-lake' });
  s3.history = new S3History();
  await store.put(SHARED, gzipLines([sampleLine('ada', HOUR, 1), sampleLine('bob', HOUR, 1)]));
  await rollupHour({ store, hour: HOUR, rules: DEFAULT_RULES, summaries });
  // Written long ago by any clock.
  for (const key of s3.objects.keys()) s3.modifiedMs.set(key, 0);

  const env = {
    LAKE_BUCKET: 'the-lake',
    SUMMARIES_TABLE: table,
    QUEUE_URL: `${queue.endpoint}/1/queue`,
    DEAD_LETTERS_URL: `${queue.endpoint}/1/dead`,
    RAW_RETENTION_DAYS: '36500',
    ROLLUP_RETENTION_DAYS: '36500',
    ERROR_RETENTION_DAYS: '36500',
    QUERY_RESULT_DAYS: '7',
    ACCESS_LOG_DAYS: '90',
    AWS_ENDPOINT_URL_S3: s3.endpoint,
    AWS_ENDPOINT_URL_DYNAMODB: dynamo.endpoint,
    AWS_ENDPOINT_URL_SQS: queue.endpoint,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
  };
  const first = await invoke([REQUEST], env);
  assert.deepEqual(
    queue.sent.map(({ DelaySeconds }) => DelaySeconds),
    [900],
  );
  const progressKey = 'deletions/progress/d-1.json';
  const progress = JSON.parse(String(s3.objects.get(progressKey)));
  assert.equal(progress.pass, 1);

  // A quarter of an hour later.
  const before = { ...progress, first_pass_ended_at: '2000-01-01T00:00:00.000Z' };
  s3.objects.set(progressKey, Buffer.from(JSON.stringify(before)));
  const second = await invoke(['no message', REQUEST], env);
  assert.deepEqual(queue.sent.slice(1), [
    { QueueUrl: env.DEAD_LETTERS_URL, MessageBody: 'no message', DelaySeconds: 0 },
  ]);

  const receipt = deletionReceipt.parse(JSON.parse(String(s3.objects.get('deletions/receipts/d-1.json'))));
  assert.deepEqual(receipt.removed.events, { sample: 1 });
  assert.deepEqual([receipt.removed.minute_rows, receipt.removed.hour_rows], [1, 1]);
  assert.ok(receipt.removed.summary_items > 0 && receipt.removed.versions >= 3);
  assert.equal(await summaries.deletePerson('bob'), 0);
  assert.ok((await summaries.deletePerson('ada')) > 0);
  assert.equal(textOf(s3.objects.get(SHARED) ?? Buffer.alloc(0)), sampleLine('ada', HOUR, 1));
  const kept = [...s3.objects].map(([key, body]) => `${key} ${body.toString('latin1')}`).join('\n');
  assert.doesNotMatch(kept + first + second, /bob/);
  assert.equal(await store.deleteHistory('raw/'), 0);
});
