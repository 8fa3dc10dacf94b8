/** The way to the server: TLS, certificates, proxies. */
import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { afterTest } from '../../runner/running-test.ts';
import { makeSelfSigned } from '../../support/network/certificates.ts';
import { ConnectProxy, type ConnectProxyOptions, nameProxies } from '../../support/network/connect-proxy.ts';
import { listening, portOf } from '../../support/network/loopback.ts';
import { inShort, openedHttpSink, sampleLines } from '../../support/network/opened-http-sink.ts';
import { TrackServer } from '../../support/network/track-server.ts';
import { tempDir } from '../../support/process/temp-dir.ts';
import { TestRuntime } from '../../support/time/test-runtime.ts';
import { until } from '../../support/time/until.ts';

const host = 'kinetrack.example';
const token = 'device-token';
/** Real time in which what waits by a test's clock would have ended, had it waited at all. */
const PATIENCE = { timeout: 10_000 };

const certificate = async () => makeSelfSigned(await tempDir(), `DNS:${host},IP:127.0.0.1`);

/** A server with TLS that only the proxy of the environment knows the way to. */
async function behindProxy(options: Partial<ConnectProxyOptions> = {}, login = '') {
  const tls = await certificate();
  const server = await TrackServer.start({ tls });
  const proxy = await ConnectProxy.start({ routes: { [`${host}:443`]: server.port }, ...options });
  nameProxies({ HTTPS_PROXY: `http://${login}${proxy.address}` });
  return { server, proxy, ca: tls.cert.toString(), url: `https://${host}` };
}

test('trusts the configured certificate and no other', async () => {
  const tls = await certificate();
  const server = await TrackServer.start({ tls });
  assert.deepEqual(inShort(await openedHttpSink(server).send(sampleLines(1))), ['tls_interception']);
  assert.deepEqual(server.requests, []);
  assert.deepEqual(inShort(await openedHttpSink(server, { ca: tls.cert.toString() }).send(sampleLines(1))), [
    'delivered',
  ]);
});

test('treats a certificate for another name as another server', async () => {
  const { server, ca } = await behindProxy();
  const elsewhere = await ConnectProxy.start({ routes: { 'other.example:443': server.port } });
  nameProxies({ HTTPS_PROXY: `http://${elsewhere.address}` });
  const sink = openedHttpSink({ url: 'https://other.example', token }, { ca });
  assert.deepEqual(inShort(await sink.send(sampleLines(1))), ['captive_portal']);
  assert.deepEqual(server.requests, []);
});

test('uses the proxy of the environment with its password; the proxy sees only the host', async () => {
  const { server, proxy, ca, url } = await behindProxy({ login: 'user:p@ss' }, 'user:p%40ss@');
  const sink = openedHttpSink({ url, token }, { ca });
  assert.deepEqual(inShort(await sink.send(sampleLines(3))), Array(3).fill('delivered'));
  assert.deepEqual(inShort(await sink.send(sampleLines(3, 4))), Array(3).fill('delivered'));
  assert.deepEqual(proxy.asked, [`${host}:443`]);
  assert.equal(server.stored.length, 6);
  assert.ok(!proxy.seen().includes(token));
  await sink.close();
  await until('the tunnel is closed', () => proxy.sockets.size === 0);
});

test('distinguishes a refusal by a proxy from one by the server', async () => {
  const cases = [
    ['401 Unauthorized', 'proxy_required'],
    ['403 Forbidden', 'proxy_required'],
    ['407 Proxy Authentication Required', 'proxy_required'],
    ['413 Payload Too Large', 'proxy_required'],
    ['429 Too Many Requests', 'proxy_required'],
    ['502 Bad Gateway', 'service_fault'],
    ['302 Found', 'proxy_required'],
  ] as const;
  for (const [refusal, fault] of cases) {
    const { server, ca, url } = await behindProxy({ refusal }, 'user:hunter2@');
    const outcomes = await openedHttpSink({ url, token }, { ca }).send(sampleLines(2));
    assert.deepEqual(inShort(outcomes), [fault, fault], refusal);
    for (const outcome of outcomes) {
      assert.ok(outcome.status === 'retryable');
      assert.match(outcome.reason, /proxy/);
      assert.doesNotMatch(outcome.reason, /hunter2|device-token/);
    }
    assert.deepEqual(server.requests, []);
  }
});

test(
  'gives up a proxy that never answers, and leaves neither connection nor timer behind',
  async () => {
    const { proxy, ca, url } = await behindProxy({ isSilent: true });
    const runtime = new TestRuntime();
    const sink = openedHttpSink({ url, token }, { ca, runtime, idleTimeoutMs: 600_000 });
    const waiting = sink.send(sampleLines(1));
    await until('the proxy is asked', () => proxy.asked.length === 1);
    runtime.pass(10_000);
    assert.deepEqual(inShort(await waiting), ['timeout']);
    await until('the connection is given up', () => proxy.sockets.size === 0);
    assert.equal(runtime.timers, 0);
  },
  PATIENCE.timeout,
);

test(
  'gives up a server that takes connections and says nothing',
  async () => {
    let accepted = 0;
    const server = createServer((socket) => {
      accepted += 1;
      socket.on('error', () => {}).resume();
      afterTest(() => socket.destroy());
    });
    await listening(server);
    afterTest(() => server.close());
    const port = portOf(server);
    const runtime = new TestRuntime();
    const sink = openedHttpSink(
      { url: `https://127.0.0.1:${port}`, token },
      { runtime, idleTimeoutMs: 600_000 },
    );
    const waiting = sink.send(sampleLines(1));
    await until('it is connected', () => accepted === 1);
    runtime.pass(10_000);
    assert.deepEqual(inShort(await waiting), ['timeout']);
    assert.equal(runtime.timers, 0);
  },
  PATIENCE.timeout,
);

test('connects directly to hosts in NO_PROXY, and always to loopback', async () => {
  const { proxy, ca, url } = await behindProxy();
  const local = await TrackServer.start();
  nameProxies({ HTTPS_PROXY: `http://${proxy.address}`, HTTP_PROXY: `http://${proxy.address}` });
  assert.deepEqual(inShort(await openedHttpSink(local).send(sampleLines(1))), ['delivered']);
  nameProxies({ HTTPS_PROXY: `http://${proxy.address}`, NO_PROXY: host });
  const [outcome] = await openedHttpSink({ url, token }, { ca }).send(sampleLines(1));
  // That name is known to the proxy alone.
  assert.equal(outcome?.status, 'retryable');
  assert.deepEqual(proxy.asked, []);
});
