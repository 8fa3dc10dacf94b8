/** An agent's own sink, over HTTP, into a stream: real parts but for AWS itself. */

import assert from 'node:assert/strict';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { KinesisClient } from '@aws-sdk/client-kinesis';
import { createAdaptorServer } from '@hono/node-server';
import { httpSink } from '../../../agent/src/sinks/index.ts';
import { addDevice } from '../../../aws/devices.ts';
import { KinesisIngest } from '../../../aws/ingest/kinesis-ingest.ts';
import { DynamoDeviceRegistry } from '../../../aws/stores/device-registry.ts';
import { cachedRegistry, createIngest, type IngestDeps } from '../../../pipeline/ingest/index.ts';
import { sinkContract } from '../../contract/sink-contract.ts';
import { afterTest } from '../../runner/running-test.ts';
import { createTable, type DynamoServer, startDynamo } from '../../support/aws/dynamo-server.ts';
import { type KinesisServer, startKinesisServer } from '../../support/aws/kinesis-server.ts';
import { createStream, kinesisClient, linesOf, readStream } from '../../support/aws/kinesis-stream.ts';
import { sampleEvent } from '../../support/lake/raw-samples.ts';
import { closeServer, endpointOf, listening } from '../../support/network/loopback.ts';
import { inShort, sampleLines } from '../../support/network/opened-http-sink.ts';

let kinesis: KinesisServer;
let dynamo: DynamoServer;
let stream: KinesisClient;
let db: DynamoDBClient;
beforeAll(async () => {
  [kinesis, dynamo] = await Promise.all([startKinesisServer(), startDynamo()]);
  stream = kinesisClient(kinesis.endpoint);
  db = dynamo.client();
});
afterAll(async () => {
  stream.destroy();
  await Promise.all([kinesis.close(), dynamo.close()]);
});

const now = () => Date.parse('2026-11-20T09:00:00.000Z');
const ADAS_LAPTOP = '6f9619ff-8b86-4d01-b42d-00cf4fc964ff';
const BENS_LAPTOP = '0f7c2c35-8ad6-4a4d-9f4c-60a1f6dc6a4e';

/** A deployment: a stream, a table of devices, and the server between them. */
async function deployment(readEvent?: NonNullable<IngestDeps['readEvent']>) {
  const [table, streamName] = await Promise.all([createTable(db), createStream(stream)]);
  const registry = { client: db, table, now };
  const ingest = createIngest({
    devices: cachedRegistry({ devices: new DynamoDeviceRegistry(registry), now }),
    sink: new KinesisIngest({ client: stream, streamName }),
    pause: () => Promise.resolve(),
    random: Math.random,
    onDefect: (error) => assert.fail(String(error)),
    ...(readEvent !== undefined && { readEvent }),
  });
  const url = await serveFetch((request) => ingest.fetch(request));
  return {
    arrived: async () => (await readStream(stream, streamName)).flatMap(({ data }) => linesOf(data)),
    records: () => readStream(stream, streamName),
    /** A computer with a token of this person. */
    async sinkOf(userId: string) {
      const { token } = await addDevice(registry, { userId, label: '', days: undefined });
      const sink = httpSink({ url, token });
      afterTest(() => sink.close());
      return sink;
    },
  };
}

/** That of the contract's events. */
const CONTRACT_DEVICE = '6b0d7f3a-2f43-4f3e-9a51-0d0c7c1f6a11';
/** They are no events of the schema: what the contract is about is the way there. */
const takesEverything: NonNullable<IngestDeps['readEvent']> = (line) => ({
  ok: true,
  value: { device_id: CONTRACT_DEVICE, ...JSON.parse(line) },
});
/** Without what the server has written over or added. */
function asItWasSent(line: string): string {
  const { user_id: _user, device_id, event_id, ...event } = JSON.parse(line);
  return JSON.stringify('note' in event ? { event_id, device_id, ...event } : event);
}

sinkContract('http, with a stream behind the server', async () => {
  const { sinkOf, arrived } = await deployment(takesEverything);
  return { sink: await sinkOf('ada'), arrived: async () => (await arrived()).map(asItWasSent) };
});

const linesOfDevice = (device_id: string, user_id: string, from = 1) =>
  [0, 1, 2].map((i) => ({
    id: from + i,
    line: JSON.stringify(sampleEvent({ seq: from + i, device_id, user_id })),
  }));

test('writes the user of the token over what the events claim', async () => {
  const { sinkOf, arrived } = await deployment();
  const outcomes = await (await sinkOf('ben')).send(linesOfDevice(BENS_LAPTOP, 'ada'));
  assert.deepEqual(inShort(outcomes), ['delivered', 'delivered', 'delivered']);
  for (const line of await arrived()) {
    const { user_id, device_id, event_id, seq } = JSON.parse(line);
    assert.deepEqual([user_id, device_id, event_id], ['ben', BENS_LAPTOP, `${BENS_LAPTOP}:${seq}`]);
  }
});

test('accepts nothing from one device under the ID of another, and leaves it in the queue', async () => {
  const { sinkOf, arrived } = await deployment();
  await (await sinkOf('ada')).send(linesOfDevice(ADAS_LAPTOP, 'ada'));
  const bens = await sinkOf('ben');
  await bens.send(linesOfDevice(BENS_LAPTOP, 'ben'));
  const outcomes = await bens.send(linesOfDevice(ADAS_LAPTOP, 'ada', 4));
  assert.ok(outcomes.every(({ status }) => status === 'retryable'));
  const written = (await arrived()).map((line) => JSON.parse(line));
  assert.deepEqual(
    written.map(({ user_id, device_id }) => `${user_id} ${device_id}`),
    [...Array(3).fill(`ada ${ADAS_LAPTOP}`), ...Array(3).fill(`ben ${BENS_LAPTOP}`)],
  );
});

test('treats a second computer of the same person as another device', async () => {
  const { sinkOf } = await deployment();
  await (await sinkOf('ada')).send(linesOfDevice(ADAS_LAPTOP, 'ada'));
  const [outcome] = await (await sinkOf('ada')).send(linesOfDevice(ADAS_LAPTOP, 'ada', 4));
  assert.equal(outcome?.status, 'retryable');
});

test('accepts a computer with a new queue under its new ID', async () => {
  const { sinkOf, arrived } = await deployment();
  const sink = await sinkOf('ada');
  await sink.send(linesOfDevice(ADAS_LAPTOP, 'ada'));
  const outcomes = await sink.send(linesOfDevice(BENS_LAPTOP, 'ada'));
  assert.deepEqual(inShort(outcomes), ['delivered', 'delivered', 'delivered']);
  assert.equal((await arrived()).length, 6);
});

test('stores a repeated event again: the rollup drops it by device and seq', async () => {
  const { sinkOf, arrived } = await deployment();
  const sink = await sinkOf('ada');
  const events = sampleLines(3);
  for (const _ of [1, 2]) assert.deepEqual(inShort(await sink.send(events)), Array(3).fill('delivered'));
  const lines = await arrived();
  assert.equal(lines.length, 6);
  assert.equal(new Set(lines).size, 3);
});

test('packs as agents do, with the device as partition key', async () => {
  const { sinkOf, records } = await deployment();
  await (await sinkOf('ada')).send(sampleLines(100));
  const stored = await records();
  assert.deepEqual(new Set(stored.map(({ partitionKey }) => partitionKey)), new Set([ADAS_LAPTOP]));
  assert.ok(stored.length <= 5, `${stored.length} records for 100 events of 900 bytes`);
  assert.ok(stored.every(({ data }) => Buffer.byteLength(data) <= 25 * 1024));
});

test('refuses for good what is no event, without a word of what stood there', async () => {
  const { sinkOf, arrived } = await deployment();
  const [first, second, third] = sampleLines(3);
  assert.ok(first && second && third);
  const broken = JSON.stringify({ ...JSON.parse(second.line), marker: 'marker', utc_offset_min: 'marker' });
  const outcomes = await (await sinkOf('ada')).send([first, { id: 2, line: broken }, third]);
  assert.deepEqual(inShort(outcomes), ['delivered', 'refused', 'delivered']);
  assert.ok(outcomes.every((outcome) => !('reason' in outcome) || !outcome.reason.includes('marker')));
  assert.equal((await arrived()).length, 2);
});

/** A web handler on a real HTTP server. */
async function serveFetch(fetch: (request: Request) => Promise<Response>): Promise<string> {
  const server = createAdaptorServer({ fetch, overrideGlobalObjects: false });
  await listening(server);
  afterTest(() => closeServer(server));
  return endpointOf(server);
}
