import assert from 'node:assert/strict';
import { kinesisSink } from '../../../agent/src/sinks/index.ts';
import { sinkContract } from '../../contract/sink-contract.ts';
import { afterTest } from '../../runner/running-test.ts';
import { anyCredentials, startKinesisServer } from '../../support/aws/kinesis-server.ts';
import {
  createStream,
  kinesisClient,
  kinesisForTests,
  linesOf,
  readStream,
} from '../../support/aws/kinesis-stream.ts';
import { startPutRecordsProxy } from '../../support/aws/put-records-proxy.ts';
import { eventLines } from '../../support/lake/event-lines.ts';
import { ConnectProxy, nameProxies } from '../../support/network/connect-proxy.ts';
import { sendUntilSettled } from '../../support/network/send-until-settled.ts';
import { startSilentServer } from '../../support/network/silent-server.ts';
import { sorted } from '../../support/sorted.ts';

process.env.AWS_ACCESS_KEY_ID = anyCredentials.accessKeyId;
process.env.AWS_SECRET_ACCESS_KEY = anyCredentials.secretAccessKey;
process.env.AWS_REGION = 'us-east-1';

const kinesis = kinesisForTests();

const arrivedIn = async (streamName: string) =>
  (await readStream(kinesis.client, streamName)).flatMap(({ data }) => linesOf(data));

sinkContract('kinesis', async () => {
  const streamName = await createStream(kinesis.client, 2);
  const sink = kinesisSink({ streamName, endpoint: kinesis.endpoint });
  return { sink, arrived: () => arrivedIn(streamName) };
});

test('packs a flush into few records under the key of the device', async () => {
  const streamName = await createStream(kinesis.client);
  const sink = kinesisSink({ streamName, endpoint: kinesis.endpoint });
  const device = '0a1b2c3d-0000-4000-8000-000000000001';
  const events = eventLines(100, { bytes: 400, deviceId: device });
  await sink.send(events);
  const stored = await readStream(kinesis.client, streamName);
  assert.equal(stored.length, 2);
  assert.deepEqual(new Set(stored.map(({ partitionKey }) => partitionKey)), new Set([device]));
  assert.deepEqual(
    stored.flatMap(({ data }) => linesOf(data)),
    events.map(({ line }) => line),
  );
  await sink.close();
});

test('uses a given partition key, and needs no device', async () => {
  const streamName = await createStream(kinesis.client);
  const foreign = [{ id: 1, line: 'not json' }];
  for (const partitionKey of ['mine', undefined]) {
    const sink = kinesisSink({
      streamName,
      endpoint: kinesis.endpoint,
      ...(partitionKey === undefined ? {} : { partitionKey }),
    });
    assert.deepEqual(await sink.send(foreign), [{ status: 'delivered' }]);
    await sink.close();
  }
  assert.deepEqual(
    (await readStream(kinesis.client, streamName)).map(({ partitionKey }) => partitionKey),
    ['mine', 'unknown'],
  );
});

test('keeps to the limits of a request', async () => {
  const streamName = await createStream(kinesis.client);
  const proxy = await startPutRecordsProxy(kinesis.endpoint, () => undefined);
  const events = eventLines(10, { bytes: 25_000 });
  for (const limits of [{ maxRecordsPerRequest: 4 }, { maxBytesPerRequest: 110_000 }]) {
    const sink = kinesisSink({ streamName, endpoint: proxy.endpoint, ...limits });
    const outcomes = await sink.send(events);
    assert.ok(outcomes.every(({ status }) => status === 'delivered'));
    await sink.close();
  }
  assert.deepEqual(
    proxy.requests.map(({ length }) => length),
    [4, 4, 2, 4, 4, 2],
  );
});

test('reports only the records that Kinesis did not take, with its code and the remedy', async () => {
  const streamName = await createStream(kinesis.client);
  const proxy = await startPutRecordsProxy(kinesis.endpoint, (data) =>
    /"seq":2,/.test(data) ? 'ProvisionedThroughputExceededException' : undefined,
  );
  const sink = kinesisSink({ streamName, endpoint: proxy.endpoint });
  const outcomes = await sink.send(eventLines(3, { bytes: 20_000 }));
  assert.deepEqual(
    outcomes.map(({ status }) => status),
    ['delivered', 'retryable', 'delivered'],
  );
  const reason = outcomes[1]?.status === 'retryable' ? outcomes[1].reason : '';
  assert.match(
    reason,
    /throttles requests; if this persists, add shards.*\(ProvisionedThroughputExceededException\)/,
  );
  await sink.close();
});

test('sends again only what failed, until all has arrived once', async () => {
  const streamName = await createStream(kinesis.client);
  const proxy = await startPutRecordsProxy(kinesis.endpoint, (data, attempt) => {
    const seq = Number(/"seq":(\d+)/.exec(data)?.[1]);
    if (attempt === 1 && [2, 3, 5].includes(seq)) return 'ProvisionedThroughputExceededException';
    return attempt === 2 && seq === 3 ? 'InternalFailure' : undefined;
  });
  const sink = kinesisSink({ streamName, endpoint: proxy.endpoint });
  const events = eventLines(6, { bytes: 20_000 });
  assert.deepEqual(
    await sendUntilSettled(sink, events),
    events.map(() => ({ status: 'delivered' })),
  );
  const seqs = proxy.requests.map((request) => request.map((data) => Number(/"seq":(\d+)/.exec(data)?.[1])));
  assert.deepEqual(seqs, [[1, 2, 3, 4, 5, 6], [2, 3, 5], [3]]);
  assert.deepEqual(sorted(await arrivedIn(streamName)), sorted(events.map(({ line }) => line)));
  await sink.close();
});

test('says in plain words what is wrong when nothing can be delivered, and keeps everything', async () => {
  const closedPort = await startKinesisServer();
  await closedPort.close();
  const cases = [
    {
      streamName: 'missing',
      endpoint: kinesis.endpoint,
      says: /the stream missing at .* does not exist .*create it .*\(ResourceNotFoundException\)/,
    },
    {
      streamName: 'any',
      endpoint: closedPort.endpoint,
      says: /refuses the connection; check that it is running.*\(ECONNREFUSED\)/,
    },
  ];
  for (const { says, ...options } of cases) {
    const sink = kinesisSink({ ...options, maxRecordsPerRequest: 1 });
    const outcomes = await sink.send(eventLines(3, { bytes: 20_000 }));
    assert.equal(outcomes.length, 3);
    for (const outcome of outcomes) {
      assert.equal(outcome.status, 'retryable');
      assert.match(outcome.reason, says);
    }
    await sink.close();
  }
});

test('aborts a request without an answer', async () => {
  const { endpoint, attempts } = await startSilentServer();
  const sink = kinesisSink({
    streamName: 'activity',
    endpoint,
    requestTimeoutMs: 50,
    maxRecordsPerRequest: 1,
  });
  const outcomes = await sink.send(eventLines(3, { bytes: 20_000 }));
  // One for all: what does not answer the first request is not asked again at once.
  assert.equal(attempts(), 1);
  for (const outcome of outcomes) {
    assert.equal(outcome.status, 'retryable');
    assert.match(outcome.reason, /timed out/);
  }
  await sink.close();
});

test('ends a request under way when it is closed, also with a client that stays open', async () => {
  const { endpoint, attempts } = await startSilentServer();
  const slow = kinesisClient(endpoint);
  afterTest(() => slow.destroy());
  const sink = kinesisSink({ streamName: 'activity', client: slow });
  const waiting = sink.send(eventLines(1));
  while (attempts() === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  await sink.close();
  assert.deepEqual(await waiting, [{ status: 'retryable', reason: 'the sink kinesis:activity is closed' }]);
});

test('uses the proxy of the environment', async () => {
  const streamName = await createStream(kinesis.client);
  const port = Number(new URL(kinesis.endpoint).port);
  const proxy = await ConnectProxy.start({ routes: { 'kinesis.example:80': port } });
  nameProxies({ HTTP_PROXY: `http://${proxy.address}` });
  const sink = kinesisSink({ streamName, endpoint: 'http://kinesis.example' });
  assert.deepEqual(await sink.send(eventLines(1)), [{ status: 'delivered' }]);
  await sink.close();
  assert.deepEqual(proxy.asked, ['kinesis.example:80']);
  assert.equal((await arrivedIn(streamName)).length, 1);
});

test('stays below the limits of one shard', () => {
  const { rate } = kinesisSink({ streamName: 'activity' });
  assert.ok(rate && rate.bytesPerSecond < 1024 * 1024 && rate.recordsPerSecond < 1000);
});

test('uses a client that it is given, and leaves it open', async () => {
  const streamName = await createStream(kinesis.client);
  const sink = kinesisSink({ streamName, client: kinesis.client });
  assert.deepEqual(await sink.send(eventLines(1)), [{ status: 'delivered' }]);
  await sink.close();
  assert.equal((await readStream(kinesis.client, streamName)).length, 1);
});

test('refuses options that Kinesis would refuse, with the rule', () => {
  const arn = 'arn:aws:kinesis:eu-central-1:123456789012:stream/activity';
  assert.throws(() => kinesisSink({ streamName: arn }), {
    code: 'invalid_option',
    message: /the stream's name, not its ARN/,
  });
  assert.throws(() => kinesisSink({ streamName: '' }), {
    code: 'invalid_option',
    message: /streamName is ""/,
  });
  for (const maxRecordsPerRequest of [0, 501, 1.5]) {
    assert.throws(() => kinesisSink({ streamName: 'a', maxRecordsPerRequest }), {
      message: /must be a whole number from 1 to 500/,
    });
  }
});
