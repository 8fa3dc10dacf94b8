import assert from 'node:assert/strict';
import { gunzipSync } from 'node:zlib';
import { httpSink } from '../../../agent/src/sinks/index.ts';
import { sinkContract } from '../../contract/sink-contract.ts';
import { eventLines } from '../../support/lake/event-lines.ts';
import { inShort, openedHttpSink, sampleLines } from '../../support/network/opened-http-sink.ts';
import { sendUntilSettled } from '../../support/network/send-until-settled.ts';
import { TrackServer } from '../../support/network/track-server.ts';
import { sorted } from '../../support/sorted.ts';
import { until } from '../../support/time/until.ts';

// The contract's events are no events of the schema: what it is about is the way there.
const takesEverything = () => null;

sinkContract('http', async () => {
  const server = await TrackServer.start({ refusalOf: takesEverything });
  return {
    sink: httpSink({ url: server.url, token: server.token }),
    arrived: async () => server.stored,
  };
});

test('sends JSON lines, compressed, with the token of the device', async () => {
  const server = await TrackServer.start();
  const events = sampleLines(50);
  const outcomes = await openedHttpSink(server).send(events);
  assert.deepEqual(inShort(outcomes), Array(50).fill('delivered'));
  assert.deepEqual(
    server.stored,
    events.map(({ line }) => line),
  );
  const [request] = server.requests;
  assert.ok(request);
  assert.equal(`${request.method} ${request.path}`, 'POST /track');
  assert.equal(request.headers['content-type'], 'application/x-ndjson');
  assert.equal(request.headers['content-encoding'], 'gzip');
  assert.equal(request.headers.authorization, 'Bearer device-token');
  assert.match(request.headers['user-agent'] ?? '', /^kinetrack-agent\/\d/);
  assert.ok(request.bytes < 5_000, `${request.bytes} bytes for 50 minutes`);
});

test('keeps to its own limits of a request', async () => {
  const server = await TrackServer.start({ refusalOf: takesEverything });
  const events = eventLines(10, { bytes: 999 });
  for (const limits of [{ maxEventsPerRequest: 4 }, { maxBytesPerRequest: 4_000 }]) {
    await openedHttpSink(server, limits).send(events);
  }
  assert.deepEqual(
    server.requests.map(({ lines }) => lines.length),
    [4, 4, 2, 4, 4, 2],
  );
});

test('asks one connection for one request after the other', async () => {
  const server = await TrackServer.start();
  const sink = openedHttpSink(server, { maxEventsPerRequest: 1 });
  await sink.send(sampleLines(5));
  await sink.send(sampleLines(5, 6));
  assert.equal(server.requests.length, 10);
  assert.equal(server.connections, 1);
});

test('retries on a new connection if the idle one was closed', async () => {
  const server = await TrackServer.start();
  const sink = openedHttpSink(server);
  await sink.send(sampleLines(1));
  // The request crosses with the server's goodbye: nothing tells the two apart from here.
  server.fault = (_, turn) => (turn === 2 ? { cut: 'before_storing' } : undefined);
  assert.deepEqual(inShort(await sink.send(sampleLines(1, 2))), ['delivered']);
  assert.deepEqual([server.requests.length, server.connections], [3, 2]);
  // A new connection that is cut is no misunderstanding.
  server.fault = () => ({ cut: 'before_storing' });
  assert.deepEqual(inShort(await sink.send(sampleLines(1, 3))), ['reset']);
  assert.deepEqual([server.requests.length, server.connections], [5, 3]);
});

test('passes on what the server refuses for good, in its place, and delivers the rest', async () => {
  const server = await TrackServer.start();
  const [first, , , last] = sampleLines(4);
  assert.ok(first && last);
  const unknown = JSON.stringify({ ...JSON.parse(first.line), seq: 2, activity_type: 'mood' });
  const tooLarge = { id: 3, line: sampleLines(1, 3)[0]?.line ?? '' };
  const sink = openedHttpSink(server);
  server.fault = () => ({
    answer: ({ acknowledged, rejected }) => ({
      acknowledged: acknowledged.flatMap(([from, to]) =>
        Array.from({ length: to - from + 1 }, (_, i) => [from + i, from + i]).filter(([seq]) => seq !== 3),
      ),
      rejected: [...rejected, { seq: 3, code: 'too_large', reason: 'a\n\u0007b'.padEnd(5_000, 'c') }],
    }),
  });
  const outcomes = await sink.send([first, { id: 2, line: unknown }, tooLarge, last]);
  assert.deepEqual(inShort(outcomes), ['delivered', 'refused', 'too_large', 'delivered']);
  const reasons = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
  assert.match(reasons[0] ?? '', /rejects it \(unknown_activity_type\): .*activity_type/);
  assert.match(reasons[1] ?? '', /rejects it \(too_large\): a b/);
  assert.ok((reasons[1] ?? '').length < 400);
});

test('keeps as a dead letter what the server acknowledges and refuses at once', async () => {
  const server = await TrackServer.start();
  server.fault = () => ({
    answer: () => ({ acknowledged: [[1, 2]], rejected: [{ seq: 2, code: 'refused', reason: 'no' }] }),
  });
  assert.deepEqual(inShort(await openedHttpSink(server).send(sampleLines(2))), ['delivered', 'refused']);
});

test('treats lines that no answer can name as refused, so that they block nothing', async () => {
  const server = await TrackServer.start();
  const broken = ['not json', '{"seq":99}', 'null', '{"seq":5}\n{}'].map((line, i) => ({ id: i + 2, line }));
  server.fault = () => ({
    answer: () => ({
      acknowledged: [
        [1, 1],
        [6, 6],
      ],
      rejected: [],
    }),
  });
  const outcomes = await openedHttpSink(server).send([...sampleLines(1), ...broken, ...sampleLines(1, 6)]);
  assert.deepEqual(inShort(outcomes), ['delivered', 'refused', 'refused', 'refused', 'refused', 'delivered']);
});

test('keeps what the server does not list, and sends it again', async () => {
  const server = await TrackServer.start();
  server.fault = (_, turn) =>
    turn === 1
      ? {
          answer: () => ({
            acknowledged: [
              [1, 2],
              [5, 5],
            ],
            rejected: [],
          }),
        }
      : undefined;
  const sink = openedHttpSink(server);
  const events = sampleLines(6);
  assert.deepEqual(inShort(await sink.send(events)), [
    'delivered',
    'delivered',
    'retryable',
    'retryable',
    'delivered',
    'retryable',
  ]);
  assert.deepEqual(
    (await sendUntilSettled(sink, events)).map((outcome) => outcome?.status),
    Array(6).fill('delivered'),
  );
});

test('sends again what was stored when the answer was lost, and has it confirmed', async () => {
  const server = await TrackServer.start();
  server.fault = (_, turn) => (turn === 1 ? { cut: 'after_storing' } : undefined);
  const sink = openedHttpSink(server);
  const events = sampleLines(3);
  assert.deepEqual(inShort(await sink.send(events)), Array(3).fill('reset'));
  assert.deepEqual(inShort(await sink.send(events)), Array(3).fill('delivered'));
  assert.equal(server.stored.length, 6);
  assert.deepEqual(sorted([...new Set(server.stored)]), sorted(events.map(({ line }) => line)));
});

test('divides what is too much at once until it fits, and remembers how much that is', async () => {
  const server = await TrackServer.start({ refusalOf: takesEverything, maxBytes: 10_000 });
  const sink = openedHttpSink(server);
  const events = [
    ...eventLines(40, { bytes: 999 }),
    ...eventLines(1, { from: 41, bytes: 10_500 }),
    ...eventLines(9, { from: 42, bytes: 999 }),
  ];
  const outcomes = await sink.send(events);
  assert.deepEqual(
    inShort(outcomes),
    events.map(({ id }) => (id === 41 ? 'too_large' : 'delivered')),
  );
  assert.deepEqual(
    server.stored,
    events.filter(({ id }) => id !== 41).map(({ line }) => line),
  );
  const before = server.requests.length;
  await sink.send(eventLines(40, { from: 51, bytes: 999 }));
  const later = server.requests.slice(before);
  assert.ok(later.every(({ lines }) => lines.length >= 5));
  assert.ok(
    later.every(({ lines }) => lines.join('\n').length < 10_000),
    'asks no 413 a second time',
  );
});

test('never sends more than it says: what is compressed is what the events are', async () => {
  const server = await TrackServer.start();
  const events = sampleLines(3);
  let packed: Buffer | undefined;
  server.onBody = (body) => {
    packed = body;
  };
  await openedHttpSink(server).send(events);
  assert.ok(packed);
  assert.equal(gunzipSync(packed).toString(), events.map(({ line }) => `${line}\n`).join(''));
});

test('ends a request under way when it is closed', async () => {
  const server = await TrackServer.start();
  server.fault = () => ({ silentMs: 60_000 });
  const sink = openedHttpSink(server);
  const waiting = sink.send(sampleLines(2));
  await until('the request is there', () => server.requests.length === 1);
  await sink.close();
  assert.deepEqual(await waiting, [
    { status: 'retryable', reason: `the sink ${sink.name} is closed` },
    { status: 'retryable', reason: `the sink ${sink.name} is closed` },
  ]);
  await until('no connection is left', () => server.openConnections === 0);
});

test('refuses options that cannot work: the value, the rule, the remedy, never the token', () => {
  const token = 'device-token';
  const url = 'https://kinetrack.example.com';
  const cases: readonly (readonly [Partial<Parameters<typeof httpSink>[0]>, RegExp])[] = [
    [
      { url: 'http://kinetrack.example.com' },
      /"http:\/\/kinetrack.example.com".*require https.*pass an https/,
    ],
    [{ url: 'http://127.0.0.1.example.com' }, /require https/],
    [{ url: 'ftp://kinetrack.example.com' }, /require https/],
    [{ url: 'kinetrack' }, /url is "kinetrack": must be an address, such as https:/],
    [{ url: 'https://ada:hunter2@kinetrack.example.com' }, /the secret as `token`/],
    [{ url: 'https://ada:hunter2@[' }, /must be an address/],
    [{ url: `${url}/?token=hunter2` }, /without \? and #/],
    [{ url: `${url}/track/` }, /\/track is added to it/],
    [{ token: '' }, /token has 0 characters .*copy it again/],
    [{ token: 'hunter2 ' }, /token has 8 characters/],
    [{ token: 'hunter2\r\nx: y' }, /copy it again/],
    [{ userAgent: 'a\r\nb' }, /userAgent is "a\\r\\nb"/],
    [{ maxEventsPerRequest: 0 }, /maxEventsPerRequest is 0: must be a whole number from 1 to 10000/],
    [{ maxBytesPerRequest: 2 ** 30 }, /maxBytesPerRequest is 1073741824/],
    [{ idleTimeoutMs: 1.5 }, /idleTimeoutMs is 1.5/],
  ];
  for (const [options, message] of cases) {
    assert.throws(
      () => httpSink({ url, token, ...options }),
      (error: Error) => {
        assert.match(error.message, message);
        assert.doesNotMatch(error.message, /hunter2/);
        return 'code' in error && error.code === 'invalid_option';
      },
    );
  }
  for (const loopback of ['http://127.0.0.1:8080', 'http://localhost:8080/a/', 'http://[::1]:1', url]) {
    assert.match(httpSink({ url: loopback, token }).name, /^http:/);
  }
});
