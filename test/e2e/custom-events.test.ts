/**
 * An event that a script records itself, from track() to an answer: the queue on the disk, the Kinesis protocol, the
 * Firehose of the synthesized template, a lake in a folder and the command line that asks it.
 */

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { ActivityTracker, systemRuntime } from '@kinetrack/agent';
import { LocalFirehose } from '../../local/firehose/index.ts';
import { FileObjectStore } from '../../local/stores/object-store.ts';
import { afterTest } from '../runner/running-test.ts';
import { anyCredentials, startKinesisServer } from '../support/aws/kinesis-server.ts';
import { createStream, kinesisClient, readStream } from '../support/aws/kinesis-stream.ts';
import { synth } from '../support/cdk/synth.ts';
import { onlyOf } from '../support/cdk/template.ts';
import { runCli } from '../support/process/cli.ts';
import { tempDir } from '../support/process/temp-dir.ts';

/** The same text on Athena: `values` is a keyword there, and numbers are cast. */
const SQL = `SELECT name, element_at("values", 'project') AS project,
  TRY_CAST(element_at("values", 'seconds') AS double) AS seconds, element_at("values", 'author') AS author, hour
  FROM custom WHERE user_id = 'ada' ORDER BY seq`;

it('leads from track() through queue, Kinesis and Firehose to a row of the table custom, and is deleted', async () => {
  const kinesis = await startKinesisServer();
  afterTest(() => kinesis.close());
  const client = kinesisClient(kinesis.endpoint);
  afterTest(() => client.destroy());
  const streamName = await createStream(client);
  Object.assign(process.env, {
    AWS_ACCESS_KEY_ID: anyCredentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: anyCredentials.secretAccessKey,
  });
  const options = { streamName, region: 'us-east-1', endpoint: kinesis.endpoint };
  const tracker = new ActivityTracker({
    ...options,
    userId: 'ada',
    keyStore: 'file',
    dataDir: await tempDir(),
  });
  await tracker.start();
  const results = [
    await tracker.track('build_finished', { project: 'kinetrack', seconds: 41.5 }),
    await tracker.track(
      'build_finished',
      { project: 'lake', seconds: 0, author: 'ada@example.com' },
      { redact: true },
    ),
    await tracker.track('opened'),
  ];
  assert.ok(results.every(({ status }) => status === 'accepted'));
  assert.deepEqual(await tracker.close(), { status: 'delivered' });

  const lake = join(await tempDir(), 'lake');
  const firehose = await LocalFirehose.open({
    configuration: onlyOf(synth().template('ingestion'), 'AWS::KinesisFirehose::DeliveryStream').properties
      .ExtendedS3DestinationConfiguration as Parameters<typeof LocalFirehose.open>[0]['configuration'],
    streamName,
    store: new FileObjectStore(lake),
    runtime: systemRuntime,
  });
  const records = await readStream(client, streamName);
  const outcomes = firehose.putRecords(records.map(({ data }) => Buffer.from(data)));
  await firehose.flush();
  assert.ok((await outcomes).every(({ status }) => status === 'delivered'));
  await firehose.close();
  assert.deepEqual(firehose.status().failedRecords, {});

  const asked = await runCli(['query', '--lake', lake, '--format', 'json', SQL]);
  assert.equal(asked.code, 0, asked.stderr);
  const rows: unknown = JSON.parse(asked.stdout);
  assert.ok(Array.isArray(rows));
  assert.deepEqual(
    rows.map(({ hour: _, ...row }) => row),
    [
      { name: 'build_finished', project: 'kinetrack', seconds: 41.5, author: null },
      { name: 'build_finished', project: 'lake', seconds: 0, author: '' },
      { name: 'opened', project: null, seconds: null, author: null },
    ],
  );

  const verified = await runCli(['verify', '--lake', lake, '--json']);
  assert.equal(verified.code, 0, verified.stdout + verified.stderr);

  const deleted = await runCli(['delete', 'ada', '--lake', lake, '--yes']);
  assert.equal(deleted.code, 0, deleted.stdout + deleted.stderr);
  assert.match(deleted.stdout, /custom/);
  const after = await runCli(['query', '--lake', lake, '--format', 'json', SQL]);
  assert.deepEqual(JSON.parse(after.stdout), []);
});
