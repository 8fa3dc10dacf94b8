/** The two ways into the pipeline, by their real protocols. */
import assert from 'node:assert/strict';
import { FirehoseClient } from '@aws-sdk/client-firehose';
import { FirehoseIngest } from '../../../aws/ingest/firehose-ingest.ts';
import { KinesisIngest } from '../../../aws/ingest/kinesis-ingest.ts';
import { putInParts } from '../../../aws/ingest/put-in-parts.ts';
import type { IngestRecord } from '../../../pipeline/lake/ports.ts';
import { afterTest } from '../../runner/running-test.ts';
import { FirehoseServer } from '../../support/aws/firehose-server.ts';
import { createStream, kinesisForTests, readStream } from '../../support/aws/kinesis-stream.ts';

const kinesis = kinesisForTests();

const record = (text: string, partitionKey = 'device'): IngestRecord => ({
  partitionKey,
  data: Buffer.from(text),
});
const many = (count: number, text = 'x') => Array.from({ length: count }, (_, i) => record(`${i} ${text}`));

test('puts records into a stream with their keys, more than one request holds', async () => {
  const streamName = await createStream(kinesis.client);
  const outcomes = await new KinesisIngest({ client: kinesis.client, streamName }).put(many(501));
  assert.deepEqual(outcomes, Array(501).fill('stored'));
  const stored = await readStream(kinesis.client, streamName);
  assert.deepEqual(
    stored.map(({ partitionKey, data }) => `${partitionKey} ${data}`),
    many(501).map(({ partitionKey, data }) => `${partitionKey} ${Buffer.from(data)}`),
  );
});

test('rejects if the stream does not exist', async () => {
  await assert.rejects(new KinesisIngest({ client: kinesis.client, streamName: 'nowhere' }).put(many(1)), {
    name: 'ResourceNotFoundException',
  });
});

test('puts records into a Firehose within its limits, and reports which it refused', async () => {
  const secret = { accessKeyId: 'any', secretAccessKey: 'secret' };
  const server = await FirehoseServer.start({
    deliveryStreamName: 'activity',
    secret,
    verdict: (data) => (data.startsWith('7 ') ? 'ServiceUnavailableException' : undefined),
  });
  const firehose = new FirehoseClient({
    endpoint: server.endpoint,
    region: 'us-east-1',
    credentials: secret,
  });
  afterTest(() => firehose.destroy());
  const ingest = new FirehoseIngest({ client: firehose, deliveryStreamName: 'activity' });
  const outcomes = await ingest.put(many(12, 'x'.repeat(900_000)));
  assert.deepEqual(
    outcomes.map((outcome, i) => (outcome === 'retryable' ? i : -1)).filter((i) => i >= 0),
    [7],
  );
  assert.equal(server.stored.length, 11);
  assert.ok(server.requests.length >= 4);
});

const LIMITS = { maxRecords: 2, maxBytes: 100 };

test('rejects if no entry has an outcome', async () => {
  const fault = new Error('no connection');
  await assert.rejects(
    putInParts(
      [1, 2, 3],
      () => 1,
      LIMITS,
      () => Promise.reject(fault),
    ),
    fault,
  );
});

test('keeps known outcomes if a later request fails', async () => {
  let requests = 0;
  const outcomes = await putInParts(
    [1, 2, 3, 4, 5],
    () => 1,
    LIMITS,
    async (part) => {
      requests += 1;
      if (requests === 2) throw new Error('no connection');
      return part.map((entry) => entry !== 2);
    },
  );
  assert.deepEqual(outcomes, ['stored', 'retryable', 'retryable', 'retryable', 'retryable']);
  assert.equal(requests, 2);
});

test('treats no record as stored that the answer omits', async () => {
  assert.deepEqual(
    await putInParts(
      [1, 2],
      () => 1,
      LIMITS,
      async () => [true],
    ),
    ['stored', 'retryable'],
  );
});
