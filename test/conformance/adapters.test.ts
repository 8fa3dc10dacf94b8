/** The adapters of AWS and the sinks of the agent against moto: what the SDK sends, read by somebody else's server. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CreateDeliveryStreamCommand, FirehoseClient } from '@aws-sdk/client-firehose';
import { CreateStreamCommand, KinesisClient } from '@aws-sdk/client-kinesis';
import { GetObjectCommand, ListMultipartUploadsCommand, ListObjectVersionsCommand } from '@aws-sdk/client-s3';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { fileSink, firehoseSink, kinesisSink } from '../../agent/src/sinks/index.ts';
import { addDevice, listDevices, revokeDevices } from '../../aws/devices.ts';
import { DynamoDeviceRegistry } from '../../aws/stores/device-registry.ts';
import { S3ObjectStore } from '../../aws/stores/object-store.ts';
import { objectStoreContract } from '../contract/object-store-contract.ts';
import { afterTest } from '../runner/running-test.ts';
import { readStream } from '../support/aws/kinesis-stream.ts';
import { collect } from '../support/collect.ts';
import { eventLines } from '../support/lake/event-lines.ts';
import { tempDir } from '../support/process/temp-dir.ts';
import { sorted } from '../support/sorted.ts';
import { TestRuntime } from '../support/time/test-runtime.ts';
import { until } from '../support/time/until.ts';
import { type Moto, newBucket, newTable, startMoto } from './support/moto.ts';
import { synthesized } from './support/synthesized.ts';

const MiB = 1 << 20;
let moto: Moto;

beforeAll(async () => {
  moto = await startMoto();
});

objectStoreContract('S3ObjectStore on moto', async () => new S3ObjectStore(await newBucket(moto)));

describe('S3ObjectStore on moto', () => {
  it('pages through more keys than one listing returns', async () => {
    const store = new S3ObjectStore({ ...(await newBucket(moto)), pageSize: 7 });
    for (let index = 0; index < 30; index += 1) await store.put(`a/${index}`, Buffer.from('x'));

    assert.equal((await collect(store.list('a/'))).length, 30);
  });

  it('deletes every version but the current ones, and what was deleted for good', async () => {
    const { client, bucket } = await newBucket(moto);
    const store = new S3ObjectStore({ client, bucket });
    for (const text of ['1', '2', '3']) await store.put('people/kept', Buffer.from(text));
    await store.put('people/gone', Buffer.from('x'));
    await store.delete('people/gone');
    await store.put('other', Buffer.from('1'));
    await store.put('other', Buffer.from('2'));

    assert.equal(await store.deleteHistory('people/'), 4);

    const versions = await client.send(new ListObjectVersionsCommand({ Bucket: bucket }));
    assert.deepEqual(versions.DeleteMarkers ?? [], []);
    assert.deepEqual(versions.Versions?.map(({ Key }) => Key).sort(), ['other', 'other', 'people/kept']);
    assert.equal(Buffer.concat(await collect(store.read('people/kept'))).toString(), '3');
  });
});

test('the file sink uploads a large file in parts, which S3 confirms by its checksum', async () => {
  const { client, bucket } = await newBucket(moto);
  const dir = await tempDir();
  const runtime = new TestRuntime();
  const content = randomBytes(12 * MiB);
  const name = 'events-2026-11-20T08-00000041-0a1b2c3d-0000-4000-8000-000000000001.jsonl.gz';
  await writeFile(join(dir, name), content);

  const sink = fileSink({ dir, runtime, upload: { bucket, client, partBytes: 5 * MiB } });
  afterTest(() => sink.close());
  await sink.send([]);
  await until(
    'the file is uploaded',
    () => sink.pendingFiles === 0,
    () => runtime.pass(1000),
  );

  assert.equal(sink.lastError, null);
  const Key = `raw-files/dt=2026-11-20/hour=08/${name}`;
  const { Body, ETag } = await client.send(new GetObjectCommand({ Bucket: bucket, Key }));
  assert.match(ETag ?? '', /-3"$/, 'in three parts');
  assert.ok(content.equals((await Body?.transformToByteArray()) ?? Buffer.alloc(0)));
  assert.deepEqual(
    (await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }))).Uploads ?? [],
    [],
  );
});

test('the Firehose sink hands every event to the delivery stream', async () => {
  const { client, bucket } = await newBucket(moto);
  const firehose = new FirehoseClient(moto.config);
  afterTest(() => firehose.destroy());
  await firehose.send(
    new CreateDeliveryStreamCommand({
      DeliveryStreamName: 'activity',
      ExtendedS3DestinationConfiguration: {
        BucketARN: `arn:aws:s3:::${bucket}`,
        RoleARN: 'arn:aws:iam::123456789012:role/delivery',
      },
    }),
  );
  const sink = firehoseSink({ deliveryStreamName: 'activity', ...moto.config });
  afterTest(() => sink.close());
  const events = [...eventLines(450, { bytes: 300 }), { id: 451, line: '{"seq":451,"title":"日本語 🦊"}' }];

  const outcomes = await sink.send(events);

  assert.ok(outcomes.every(({ status }) => status === 'delivered'));
  const store = new S3ObjectStore({ client, bucket });
  const objects = await collect(store.list(''));
  const texts = await Promise.all(
    objects.map(async ({ key }) => Buffer.concat(await collect(store.read(key))).toString()),
  );
  assert.deepEqual(sorted(texts.join('').trimEnd().split('\n')), sorted(events.map(({ line }) => line)));
});

test('the Kinesis sink hands every event to the stream', async () => {
  const client = new KinesisClient({ ...moto.config, requestHandler: new NodeHttpHandler() });
  afterTest(() => client.destroy());
  await client.send(new CreateStreamCommand({ StreamName: 'activity', ShardCount: 2 }));
  const sink = kinesisSink({ streamName: 'activity', client });
  afterTest(() => sink.close());
  const events = eventLines(450, { bytes: 300 });

  const outcomes = await sink.send(events);

  assert.ok(outcomes.every(({ status }) => status === 'delivered'));
  const records = await readStream(client, 'activity');
  const lines = records.flatMap(({ data }) => data.trimEnd().split('\n'));
  assert.deepEqual(sorted(lines), sorted(events.map(({ line }) => line)));
});

test('devices are added, found, listed and revoked in the table of the template', async () => {
  const { client, table } = await newTable(moto, synthesized({}), 'Devices');
  const options = { client, table, now: () => Date.parse('2026-11-20T09:00:00.000Z') };
  const registry = new DynamoDeviceRegistry(options);

  const { token, entry } = await addDevice(options, { userId: 'ada', label: 'laptop', days: 30 });

  assert.equal((await registry.find(token))?.state, 'active');
  assert.equal(await registry.bind(token, '6f9619ff-8b86-4d01-b42d-00cf4fc964ff'), 'bound');
  assert.deepEqual(
    (await listDevices(options)).map(({ id, userId, deviceId }) => ({ id, userId, deviceId })),
    [{ id: entry.id, userId: 'ada', deviceId: '6f9619ff-8b86-4d01-b42d-00cf4fc964ff' }],
  );
  await revokeDevices(options, { ids: [entry.id] });
  assert.equal((await registry.find(token))?.state, 'revoked');
  assert.equal(await registry.find(`${token.slice(0, -1)}x`), undefined);
});
