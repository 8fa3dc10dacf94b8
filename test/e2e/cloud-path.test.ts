/**
 * The way through AWS, as far as it can be gone without an account: the agent's real Kinesis requests, the Firehose of
 * the synthesized template, the S3 adapter and the rollup. Real are the Kinesis protocol (kinesis-local), the keys on
 * the display and everything of ours; S3 is a stand-in that speaks its protocol.
 */
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { ActivityTracker, systemRuntime } from '@kinetrack/agent';
import { DEFAULT_RULES } from '@kinetrack/schema';
import { S3ObjectStore } from '../../aws/stores/object-store.ts';
import { LocalFirehose } from '../../local/firehose/index.ts';
import { minutesKey, touchedHours } from '../../pipeline/lake/keys.ts';
import { rollupHour } from '../../pipeline/rollup/index.ts';
import { afterTest } from '../runner/running-test.ts';
import { openXSession } from '../support/agent/x-session.ts';
import { openXterm } from '../support/agent/xterm-window.ts';
import { anyCredentials, startKinesisServer } from '../support/aws/kinesis-server.ts';
import { createStream, kinesisClient, readStream } from '../support/aws/kinesis-stream.ts';
import { s3ClientFor } from '../support/aws/s3-client.ts';
import { S3Server } from '../support/aws/s3-server.ts';
import { synth } from '../support/cdk/synth.ts';
import { onlyOf } from '../support/cdk/template.ts';
import { parquetRows } from '../support/lake/parquet-rows.ts';
import { tempDir } from '../support/process/temp-dir.ts';

const TYPED = 'seventeen letters';

it('leads from keys in a window through Kinesis and the deployed Firehose to a verdict in S3', async () => {
  const session = await openXSession();
  afterTest(() => session.close());
  const window = await openXterm(session, { title: 'Report', className: 'Writer' });
  afterTest(() => window.close());
  await window.focus();
  const kinesis = await startKinesisServer();
  afterTest(() => kinesis.close());
  const client = kinesisClient(kinesis.endpoint);
  afterTest(() => client.destroy());
  const streamName = await createStream(client);
  Object.assign(process.env, session.env, {
    AWS_ACCESS_KEY_ID: anyCredentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: anyCredentials.secretAccessKey,
  });

  const tracker = new ActivityTracker({
    streamName,
    region: 'us-east-1',
    endpoint: kinesis.endpoint,
    userId: 'ada',
    dataDir: await tempDir(),
  });
  await tracker.start();
  await session.xdotool('type', '--delay', '40', TYPED);
  await pause(1500);
  assert.deepEqual(await tracker.close(), { status: 'delivered' });
  const { captured, delivered, pending } = tracker.status().counts;
  assert.deepEqual([delivered, pending], [captured, 0]);

  const records = await readStream(client, streamName);
  const s3 = await S3Server.start('lake');
  afterTest(() => s3.close());
  const s3Client = s3ClientFor(s3);
  afterTest(() => s3Client.destroy());
  const store = new S3ObjectStore({ client: s3Client, bucket: 'lake' });
  const keys: string[] = [];
  const firehose = await LocalFirehose.open({
    configuration: onlyOf(synth().template('ingestion'), 'AWS::KinesisFirehose::DeliveryStream').properties
      .ExtendedS3DestinationConfiguration as Parameters<typeof LocalFirehose.open>[0]['configuration'],
    streamName,
    store,
    runtime: systemRuntime,
    onDelivered: async (stored) => void keys.push(...stored),
  });
  const outcomes = firehose.putRecords(records.map(({ data }) => Buffer.from(data)));
  await firehose.flush();
  assert.ok((await outcomes).every(({ status }) => status === 'delivered'));
  await firehose.close();
  assert.deepEqual(firehose.status().failedRecords, {});
  assert.equal(firehose.status().deliveredRecords, delivered);

  const rows: Record<string, unknown>[] = [];
  for (const hour of touchedHours(keys)) {
    await rollupHour({ store, hour, rules: DEFAULT_RULES });
    const object = s3.objects.get(minutesKey(hour));
    assert.ok(object);
    rows.push(...(await parquetRows(object)));
  }
  const written = rows.filter(({ app }) => app === 'Writer');
  assert.equal(
    written.reduce((sum, { keys: count }) => sum + Number(count), 0),
    TYPED.length,
  );
  assert.ok(written.some(({ state, rule }) => state === 'productive' && rule === 'interaction'));
  assert.ok(written.every(({ user_id }) => user_id === 'ada'));
});
