/** Whatever answers in the server's place: nothing is deleted, and what is wrong is named. */
import assert from 'node:assert/strict';
import type { ConnectionFault } from '@kinetrack/schema';
import { ConnectionMonitor, observedSink } from '../../../agent/src/connection/index.ts';
import type { RecordOutcome } from '../../../agent/src/sinks/index.ts';
import { inShort, openedHttpSink, sampleLines } from '../../support/network/opened-http-sink.ts';
import { startSilentServer } from '../../support/network/silent-server.ts';
import { type TrackFault, TrackServer } from '../../support/network/track-server.ts';
import { TestRuntime } from '../../support/time/test-runtime.ts';
import { until } from '../../support/time/until.ts';

/** Real time in which what waits by a test's clock would have ended, had it waited at all. */
const PATIENCE = { timeout: 10_000 };
const json = { 'content-type': 'application/json' };
const html = { 'content-type': 'text/html; charset=utf-8' };
const page = '<html><body>Welcome to our guest network</body></html>';
const answered = (answer: unknown, headers: Readonly<Record<string, string>> = json): TrackFault => ({
  status: 200,
  headers,
  body: typeof answer === 'string' ? answer : JSON.stringify(answer),
});
const refusedWith = (status: number, code: string): TrackFault => ({
  status,
  headers: json,
  body: JSON.stringify({ error: { code, message: 'no' } }),
});
const everything = { acknowledged: [[1, 3]], rejected: [] };

const cases: readonly (readonly [string, TrackFault, ConnectionFault])[] = [
  ['a page with 200', answered(page, html), 'captive_portal'],
  ['a page that calls itself JSON', answered(page), 'captive_portal'],
  ['the right list that calls itself a page', answered(everything, html), 'captive_portal'],
  ['an empty body', answered('', {}), 'captive_portal'],
  ['an empty body of JSON', answered(''), 'captive_portal'],
  ['no content', { status: 204 }, 'captive_portal'],
  ['another success', { status: 202, headers: json, body: JSON.stringify(everything) }, 'captive_portal'],
  ['a redirect', { status: 302, headers: { location: 'https://login.example/' } }, 'captive_portal'],
  ['a permanent redirect', { status: 308, headers: { location: '/track2' } }, 'captive_portal'],
  ['sign in to the network', { status: 511, headers: html, body: page }, 'captive_portal'],
  ['a list of nothing', answered({}), 'service_fault'],
  ['null', answered('null'), 'service_fault'],
  ['a count', answered({ acknowledged: 3, rejected: 0 }), 'service_fault'],
  ['ranges that end before they begin', answered({ acknowledged: [[3, 1]], rejected: [] }), 'service_fault'],
  ['a list for other ids', answered({ acknowledged: [[101, 103]], rejected: [] }), 'service_fault'],
  ['a list for these and other ids', answered({ acknowledged: [[1, 4]], rejected: [] }), 'service_fault'],
  ['all ids that there are', answered({ acknowledged: [[1, 2 ** 53 - 1]], rejected: [] }), 'service_fault'],
  [
    'a refusal of another id',
    answered({ acknowledged: [[1, 3]], rejected: [{ seq: 4, code: 'refused', reason: '' }] }),
    'service_fault',
  ],
  ['an unknown token', refusedWith(401, 'unknown_token'), 'credentials_invalid'],
  ['an expired token', refusedWith(401, 'token_expired'), 'credentials_expired'],
  ['a device without permission', refusedWith(403, 'revoked'), 'access_denied'],
  ['no such route', refusedWith(404, 'not_found'), 'destination_missing'],
  ['a sign-in of the proxy', { status: 407 }, 'proxy_required'],
  ['a request that is not understood', refusedWith(400, 'invalid'), 'service_fault'],
  ['an unknown encoding', refusedWith(415, 'unsupported'), 'service_fault'],
  ['too many requests', refusedWith(429, 'slow_down'), 'throttled'],
  ['a fault of the server', { status: 500, headers: html, body: page }, 'service_fault'],
  ['a server that is away', { status: 503 }, 'service_fault'],
  ['a connection that is cut', { cut: 'before_storing' }, 'reset'],
];

for (const [name, fault, expected] of cases) {
  test(`deletes nothing on ${name}: ${expected}`, async () => {
    const server = await TrackServer.start();
    server.fault = () => fault;
    const sink = openedHttpSink(server, { maxEventsPerRequest: 3 });
    const outcomes = await sink.send(sampleLines(6));
    assert.deepEqual(inShort(outcomes), Array(6).fill(expected));
    // One for all: what refuses the first request is not asked again at once, nor is another address.
    assert.equal(server.requests.length, 1);
    for (const reason of reasonsOf(outcomes)) {
      assert.ok(reason.includes(`the server 127.0.0.1:${server.port}`));
      assert.doesNotMatch(reason, /device-token|guest network|login\.example/);
    }
  });
}

test('reports the clock as the reason of a refusal if it is more than five minutes off', async () => {
  const server = await TrackServer.start();
  const runtime = new TestRuntime();
  const sink = openedHttpSink(server, { runtime });
  const refusal = refusedWith(401, 'not_yet_valid');
  const seen: unknown[] = [];
  for (const minutes of [-6, -4, 4, 6]) {
    const date = new Date(runtime.now() + minutes * 60_000).toUTCString();
    server.fault = () => ({ ...refusal, headers: { ...json, date } });
    seen.push(...inShort(await sink.send(sampleLines(1))));
  }
  assert.deepEqual(seen, ['clock_wrong', 'credentials_invalid', 'credentials_invalid', 'clock_wrong']);
  // What is accepted is accepted: the clock is the machine's own affair then.
  server.fault = undefined;
  assert.deepEqual(inShort(await sink.send(sampleLines(1))), ['delivered']);
});

test('leaves the server alone for as long as it asks, at most five minutes', async () => {
  const server = await TrackServer.start();
  const runtime = new TestRuntime();
  const sink = openedHttpSink(server, { runtime });
  const date = new Date(runtime.now()).toUTCString();
  const inAMinute = new Date(runtime.now() + 60_000).toUTCString();
  const waits: readonly (readonly [string, number])[] = [
    ['60', 60_000],
    [inAMinute, 60_000],
    ['86400', 300_000],
  ];
  for (const [retryAfter, ms] of waits) {
    server.fault = () => ({ status: 429, headers: { date, 'retry-after': retryAfter } });
    const before = server.requests.length;
    assert.deepEqual(inShort(await sink.send(sampleLines(1))), ['throttled']);
    server.fault = undefined;
    runtime.pass(ms - 1);
    assert.deepEqual(inShort(await sink.send(sampleLines(1))), ['throttled']);
    assert.equal(server.requests.length - before, 1);
    runtime.pass(1);
    assert.deepEqual(inShort(await sink.send(sampleLines(1))), ['delivered']);
  }
  for (const retryAfter of ['-5', 'soon', '']) {
    server.fault = () => ({ status: 503, headers: { 'retry-after': retryAfter } });
    assert.deepEqual(inShort(await sink.send(sampleLines(1))), ['service_fault']);
    server.fault = undefined;
    assert.deepEqual(inShort(await sink.send(sampleLines(1))), ['delivered']);
  }
});

test('sends at the rate that the server requests, even through decorators of the sink', async () => {
  const server = await TrackServer.start();
  const runtime = new TestRuntime();
  const sink = observedSink(openedHttpSink(server, { runtime }), new ConnectionMonitor({ runtime }));
  assert.equal(sink.cadenceMs, 30_000);
  server.fault = () => ({ answer: (honest) => ({ ...honest, send_every_s: 300 }) });
  assert.deepEqual(inShort(await sink.send(sampleLines(1))), ['delivered']);
  assert.equal(sink.cadenceMs, 300_000);
  // Who says something else that is no period is no server of ours.
  server.fault = () => ({ answer: (honest) => ({ ...honest, send_every_s: 0 }) });
  assert.deepEqual(inShort(await sink.send(sampleLines(1))), ['service_fault']);
  assert.equal(sink.cadenceMs, 300_000);
});

test('reads no endless answer', async () => {
  const server = await TrackServer.start();
  server.fault = () => answered(`${JSON.stringify(everything)}${' '.repeat(20 * 1024 * 1024)}`);
  const outcomes = await openedHttpSink(server).send(sampleLines(3));
  assert.deepEqual(inShort(outcomes), Array(3).fill('captive_portal'));
  await until('the connection is given up', () => server.openConnections === 0);
});

test(
  'gives up a server that is silent, on its own clock, and leaves no timer behind',
  async () => {
    const { endpoint, attempts } = await startSilentServer();
    const runtime = new TestRuntime();
    const options = { runtime, requestTimeoutMs: 1_000, idleTimeoutMs: 600_000 };
    const sink = openedHttpSink({ url: endpoint, token: 'device-token' }, options);
    const waiting = sink.send(sampleLines(1));
    await until('the request is there', () => attempts() === 1);
    runtime.pass(1_000);
    assert.deepEqual(inShort(await waiting), ['timeout']);
    assert.equal(runtime.timers, 0);
  },
  PATIENCE.timeout,
);

test(
  'gives up a connection on which nothing is heard',
  async () => {
    const { endpoint, attempts } = await startSilentServer();
    const sink = openedHttpSink({ url: endpoint, token: 'device-token' }, { idleTimeoutMs: 50 });
    assert.deepEqual(inShort(await sink.send(sampleLines(1))), ['timeout']);
    assert.equal(attempts(), 1);
  },
  PATIENCE.timeout,
);

test('names a server that is not there', async () => {
  const server = await TrackServer.start();
  const runtime = new TestRuntime();
  const sink = openedHttpSink(server, { runtime });
  server.close();
  assert.deepEqual(inShort(await sink.send(sampleLines(2))), ['refused', 'refused']);
  assert.equal(runtime.timers, 0);
});

const reasonsOf = (outcomes: readonly RecordOutcome[]): readonly string[] =>
  outcomes.flatMap((outcome) => (outcome.status === 'delivered' ? [] : [outcome.reason]));
