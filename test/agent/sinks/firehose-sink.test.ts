import assert from 'node:assert/strict';
import { FirehoseClient } from '@aws-sdk/client-firehose';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { firehoseSink } from '../../../agent/src/sinks/index.ts';
import { sinkContract } from '../../contract/sink-contract.ts';
import { afterTest } from '../../runner/running-test.ts';
import { FirehoseServer, type RecordVerdict } from '../../support/aws/firehose-server.ts';
import { anyCredentials } from '../../support/aws/kinesis-server.ts';
import { linesOf } from '../../support/aws/kinesis-stream.ts';
import { eventLines } from '../../support/lake/event-lines.ts';
import { makeSelfSigned } from '../../support/network/certificates.ts';
import { ConnectProxy, nameProxies } from '../../support/network/connect-proxy.ts';
import { sendUntilSettled } from '../../support/network/send-until-settled.ts';
import { startSilentServer } from '../../support/network/silent-server.ts';
import { tempDir } from '../../support/process/temp-dir.ts';
import { sorted } from '../../support/sorted.ts';

process.env.AWS_ACCESS_KEY_ID = anyCredentials.accessKeyId;
process.env.AWS_SECRET_ACCESS_KEY = anyCredentials.secretAccessKey;
process.env.AWS_REGION = 'us-east-1';

const deliveryStreamName = 'activity';
const serve = (verdict: RecordVerdict = () => undefined) =>
  FirehoseServer.start({ deliveryStreamName, secret: anyCredentials, verdict });

/** A sink that is closed with its test. */
function sinkOf(options: Partial<Parameters<typeof firehoseSink>[0]>) {
  const sink = firehoseSink({ deliveryStreamName, ...options });
  afterTest(() => sink.close());
  return sink;
}

sinkContract('firehose', async () => {
  const server = await serve();
  const sink = firehoseSink({ deliveryStreamName, endpoint: server.endpoint });
  return { sink, arrived: async () => server.stored.flatMap(linesOf) };
});

test('packs a flush into few records of JSON lines, each with its newline, in their order', async () => {
  const server = await serve();
  const events = eventLines(100, { bytes: 400 });
  await sinkOf({ endpoint: server.endpoint }).send(events);
  assert.equal(server.stored.length, 2);
  assert.equal(server.stored.join(''), events.map(({ line }) => `${line}\n`).join(''));
});

test('keeps to the limits of a request, as they travel', async () => {
  const server = await serve();
  const events = eventLines(10, { bytes: 25_000 });
  for (const limits of [{ maxRecordsPerRequest: 4 }, { maxBytesPerRequest: 140_000 }]) {
    const outcomes = await sinkOf({ endpoint: server.endpoint, ...limits }).send(events);
    assert.ok(outcomes.every(({ status }) => status === 'delivered'));
  }
  assert.deepEqual(
    server.requests.map(({ length }) => length),
    [4, 4, 2, 4, 4, 2],
  );
});

test('fills requests up to the limits of Firehose and never above', async () => {
  const server = await serve();
  const most = sinkOf({ endpoint: server.endpoint, maxBytesPerRequest: 4_000_000 });
  const large = eventLines(9, { bytes: 1_000_000 });
  const many = eventLines(800, { from: 10, bytes: 13_000 });
  const outcomes = await most.send([...large, ...many]);
  assert.equal(outcomes.filter(({ status }) => status === 'delivered').length, 809);
  assert.ok(Math.max(...server.bodyBytes) <= 4 * 1024 * 1024);
  assert.ok(Math.max(...server.bodyBytes) > 3_900_000, 'fills a request');
});

test('reports only the records that Firehose did not take, in their places, with fault and remedy', async () => {
  const server = await serve((data) => (/"seq":2,/.test(data) ? 'ServiceUnavailableException' : undefined));
  const outcomes = await sinkOf({ endpoint: server.endpoint }).send(eventLines(3, { bytes: 20_000 }));
  assert.deepEqual(
    outcomes.map(({ status }) => status),
    ['delivered', 'retryable', 'delivered'],
  );
  const failed = outcomes[1];
  assert.ok(failed?.status === 'retryable');
  assert.match(failed.reason, /the Firehose stream activity .*\(ServiceUnavailableException\)/);
});

test('sends again only what failed, until all has arrived once', async () => {
  const server = await serve((data, request) => {
    const seq = Number(/"seq":(\d+)/.exec(data)?.[1]);
    if (request === 1 && [2, 3, 5].includes(seq)) return 'ServiceUnavailableException';
    return request === 2 && seq === 3 ? 'InternalFailure' : undefined;
  });
  const sink = sinkOf({ endpoint: server.endpoint });
  const events = eventLines(6, { bytes: 20_000 });
  const outcomes = await sendUntilSettled(sink, events);
  assert.ok(outcomes.every((outcome) => outcome?.status === 'delivered'));
  const seqs = server.requests.map((request) => request.map((data) => Number(/"seq":(\d+)/.exec(data)?.[1])));
  assert.deepEqual(seqs, [[1, 2, 3, 4, 5, 6], [2, 3, 5], [3]]);
  assert.deepEqual(sorted(server.stored.flatMap(linesOf)), sorted(events.map(({ line }) => line)));
});

test('names the fault when nothing can be delivered, and keeps everything', async () => {
  const server = await serve();
  const cases = [
    { options: { deliveryStreamName: 'missing', endpoint: server.endpoint }, fault: 'destination_missing' },
    {
      options: { client: clientOf(server.endpoint, 'another secret') },
      fault: 'credentials_invalid',
    },
  ];
  for (const { options, fault } of cases) {
    const outcomes = await sinkOf({ ...options, maxRecordsPerRequest: 1 }).send(
      eventLines(3, { bytes: 20_000 }),
    );
    assert.equal(outcomes.length, 3);
    for (const outcome of outcomes) {
      assert.ok(outcome.status === 'retryable');
      assert.equal(outcome.fault, fault);
    }
  }
  assert.deepEqual(server.stored, []);
});

test('aborts a request without an answer, and does not retry it', async () => {
  const { endpoint, attempts } = await startSilentServer();
  const sink = sinkOf({ endpoint, requestTimeoutMs: 50, maxRecordsPerRequest: 1 });
  const outcomes = await sink.send(eventLines(3, { bytes: 20_000 }));
  assert.equal(attempts(), 1);
  for (const outcome of outcomes) {
    assert.ok(outcome.status === 'retryable');
    assert.equal(outcome.fault, 'timeout');
  }
});

test('ends a request under way when it is closed, and leaves open a client that it was given', async () => {
  const { endpoint, attempts } = await startSilentServer();
  const server = await serve();
  const client = clientOf(endpoint);
  const sink = firehoseSink({ deliveryStreamName, client });
  const waiting = sink.send(eventLines(1));
  while (attempts() === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  await sink.close();
  assert.deepEqual(await waiting, [{ status: 'retryable', reason: 'the sink firehose:activity is closed' }]);
  const open = clientOf(server.endpoint);
  for (const sends of [1, 2]) {
    const once = firehoseSink({ deliveryStreamName, client: open });
    assert.deepEqual(await once.send(eventLines(1)), [{ status: 'delivered' }]);
    await once.close();
    assert.equal(server.stored.length, sends);
  }
});

test('uses the proxy of the environment, except for hosts in NO_PROXY', async () => {
  const server = await serve();
  const proxy = await ConnectProxy.start({
    routes: { 'firehose.example:80': server.port },
    login: 'user:p@ss',
  });
  const endpoint = 'http://firehose.example';
  nameProxies({ HTTP_PROXY: `http://user:p%40ss@${proxy.address}`, NO_PROXY: 'elsewhere.example' });
  assert.deepEqual(await sinkOf({ endpoint }).send(eventLines(2)), [
    { status: 'delivered' },
    { status: 'delivered' },
  ]);
  assert.deepEqual(proxy.asked, ['firehose.example:80']);
  assert.equal(server.stored.length, 1);

  nameProxies({ HTTP_PROXY: `http://${proxy.address}`, NO_PROXY: '.example' });
  const [outcome] = await sinkOf({ endpoint }).send(eventLines(1));
  assert.equal(outcome?.status, 'retryable');
  assert.equal(proxy.asked.length, 1);
});

test('leaves loopback to no proxy, and reads a proxy without scheme as one of plain HTTP', async () => {
  const server = await serve();
  const proxy = await ConnectProxy.start({ routes: { 'firehose.example:443': server.port } });
  nameProxies({ HTTP_PROXY: proxy.address, HTTPS_PROXY: proxy.address });
  assert.deepEqual(await sinkOf({ endpoint: server.endpoint }).send(eventLines(1)), [
    { status: 'delivered' },
  ]);
  assert.deepEqual(proxy.asked, []);
  // What is behind speaks no TLS: that the proxy was asked in plain HTTP is what counts.
  const [outcome] = await sinkOf({ endpoint: 'https://firehose.example' }).send(eventLines(1));
  assert.equal(outcome?.status, 'retryable');
  assert.deepEqual(proxy.asked, ['firehose.example:443']);
});

test('speaks TLS with AWS through the proxy, which sees nothing but the host', async () => {
  const tls = makeSelfSigned(await tempDir(), 'DNS:firehose.example');
  const server = await FirehoseServer.start({ deliveryStreamName, secret: anyCredentials, tls });
  const proxy = await ConnectProxy.start({ routes: { 'firehose.example:443': server.port } });
  nameProxies({ HTTPS_PROXY: `http://${proxy.address}` });
  // The certificate is not what this is about, and the SDK takes none of a test's.
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
  afterTest(() => {
    delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
  });
  const sink = sinkOf({ endpoint: 'https://firehose.example' });
  const sends = 5;
  for (let from = 1; from <= sends; from += 1) {
    assert.deepEqual(await sink.send(eventLines(1, { from })), [{ status: 'delivered' }]);
    // The agent takes the connection back a turn after the answer.
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.equal(server.stored.length, sends);
  assert.deepEqual(new Set(proxy.asked), new Set(['firehose.example:443']));
  assert.ok(proxy.asked.length < sends, 'a tunnel serves more than one request');
});

test('leaves no connection behind to a proxy that never answers', async () => {
  const proxy = await ConnectProxy.start({ routes: {}, isSilent: true });
  nameProxies({ HTTPS_PROXY: `http://${proxy.address}` });
  const sink = sinkOf({ endpoint: 'https://firehose.example' });
  const waiting = sink.send(eventLines(1));
  while (proxy.asked.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  await sink.close();
  assert.deepEqual(await waiting, [{ status: 'retryable', reason: 'the sink firehose:activity is closed' }]);
  while (proxy.sockets.size > 0) await new Promise((resolve) => setTimeout(resolve, 5));
});

test('reports a proxy that requires a password', async () => {
  for (const proxy of ['socks5://user:hunter2@127.0.0.1:1080', 'http://user:hunter2@[', 'http://']) {
    nameProxies({ HTTPS_PROXY: proxy });
    const [outcome] = await sinkOf({ endpoint: 'https://firehose.example' }).send(eventLines(1));
    assert.ok(outcome?.status === 'retryable');
    assert.match(outcome.reason, /set HTTPS_PROXY to http:\/\/host:port/);
    assert.doesNotMatch(outcome.reason, /hunter2/);
  }
});

test('refuses options that Firehose would refuse, with the rule', () => {
  const arn = 'arn:aws:firehose:eu-central-1:123456789012:deliverystream/activity';
  assert.throws(() => firehoseSink({ deliveryStreamName: arn }), {
    code: 'invalid_option',
    message: /the stream's name, not its ARN/,
  });
  for (const maxRecordsPerRequest of [0, 501, 1.5]) {
    assert.throws(() => firehoseSink({ deliveryStreamName, maxRecordsPerRequest }), {
      message: /must be a whole number from 1 to 500/,
    });
  }
  assert.throws(() => firehoseSink({ deliveryStreamName, maxBytesPerRequest: 5_000_000 }), {
    message: /maxBytesPerRequest is 5000000: must be a whole number from 1 to 4000000/,
  });
});

/** A client as a user makes it. */
function clientOf(endpoint: string, secretAccessKey = anyCredentials.secretAccessKey) {
  const client = new FirehoseClient({
    endpoint,
    region: 'us-east-1',
    credentials: { ...anyCredentials, secretAccessKey },
    requestHandler: new NodeHttpHandler(),
    maxAttempts: 1,
  });
  afterTest(() => client.destroy());
  return client;
}
