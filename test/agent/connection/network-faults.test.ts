/** Real faults on real connections between the real sink and Kinesis's protocol: each named, each over when it is over. */
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent as HttpsAgent } from 'node:https';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import type { ConnectionFault } from '@kinetrack/schema';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { type KinesisSinkOptions, kinesisSink } from '../../../agent/src/sinks/index.ts';
import { afterTest } from '../../runner/running-test.ts';
import { anyCredentials, type KinesisServer, startKinesisServer } from '../../support/aws/kinesis-server.ts';
import { createStream, kinesisClient, readStream } from '../../support/aws/kinesis-stream.ts';
import { type Authority, makeAuthority, makeSelfSigned } from '../../support/network/certificates.ts';
import {
  type Fault,
  PASS,
  PORTAL_PAGE,
  PORTAL_REDIRECT,
  PROXY_SIGN_IN,
  startFaultProxy,
} from '../../support/network/fault-proxy.ts';
import { deliverSteadily } from '../../support/network/steady-delivery.ts';
import { tempDir } from '../../support/process/temp-dir.ts';
import { isEndurance } from '../../support/sizes.ts';
import { until } from '../../support/time/until.ts';

process.env.AWS_ACCESS_KEY_ID = anyCredentials.accessKeyId;
process.env.AWS_SECRET_ACCESS_KEY = anyCredentials.secretAccessKey;
process.env.AWS_REGION = 'us-east-1';

let server: KinesisServer;
let admin: KinesisClient;
let streamName: string;
beforeAll(async () => {
  server = await startKinesisServer();
  admin = kinesisClient(server.endpoint);
  streamName = await createStream(admin);
});
afterAll(async () => {
  admin.destroy();
  await server.close();
});

/** A delivery through a network with injected faults. */
async function through(options: Partial<KinesisSinkOptions> = {}) {
  const proxy = await startFaultProxy(server.endpoint);
  const sink = kinesisSink({ streamName, endpoint: proxy.endpoint, ...options });
  return { proxy, delivery: deliverSteadily(sink) };
}

interface Case {
  readonly what: string;
  readonly fault: Fault;
  readonly called: ConnectionFault;
  readonly says: RegExp;
  /** Shorter than the default where a fault shows by silence alone. */
  readonly requestTimeoutMs?: number;
}

const CASES: readonly Case[] = [
  {
    ...{ what: 'a port where nothing listens', fault: { kind: 'refuse' }, called: 'refused' },
    says: /refuses the connection; check that it is running.*\(ECONNREFUSED\)/,
  },
  {
    ...{ what: 'a firewall that resets', fault: { kind: 'reset' }, called: 'reset' },
    says: /are reset, for example by a firewall.*\(ECONNRESET\)/,
  },
  {
    ...{ what: 'a firewall that swallows', fault: { kind: 'blackhole' }, called: 'timeout' },
    requestTimeoutMs: 2_000,
    says: /timed out/,
  },
  {
    ...{ what: 'a network too slow to answer', fault: { kind: 'delay', ms: 8_000 }, called: 'timeout' },
    requestTimeoutMs: 2_000,
    says: /timed out/,
  },
  {
    ...{ what: 'answers that are cut off', fault: { kind: 'cut', afterBytes: 120 }, called: 'reset' },
    says: /are reset, for example by a firewall/,
  },
  {
    ...{ what: 'answers that are lost', fault: { kind: 'drop_answer' }, called: 'reset' },
    says: /are reset, for example by a firewall/,
  },
  {
    ...{ what: 'a proxy that wants a password', fault: PROXY_SIGN_IN, called: 'proxy_required' },
    says: /HTTPS_PROXY.*\(HTTP 407\)/,
  },
  {
    ...{ what: 'the page of a captive portal', fault: PORTAL_PAGE, called: 'captive_portal' },
    says: /open a web page to sign in to this network.*\(HTTP 200\)/,
  },
  {
    ...{ what: 'the redirect of a captive portal', fault: PORTAL_REDIRECT, called: 'captive_portal' },
    says: /open a web page to sign in to this network.*\(HTTP 302\)/,
  },
  {
    what: 'an empty success that confirms nothing',
    fault: { kind: 'answer', status: '200 OK', headers: 'content-type: application/json\r\n', body: '{}' },
    ...{ called: 'captive_portal', says: /another server responds/ },
  },
  {
    ...{
      what: 'a server that speaks another protocol',
      called: 'captive_portal',
      says: /another server responds/,
    },
    fault: { kind: 'garbage', bytes: 'SSH-2.0-OpenSSH_9.2\r\n' },
  },
];

const FULL_BACKLOG = `
import socket, sys
server = socket.socket()
server.bind(('127.0.0.1', 0))
server.listen(0)
clients = [socket.socket() for _ in range(4)]
for client in clients:
    client.setblocking(False)
    client.connect_ex(server.getsockname())
print(server.getsockname()[1], flush=True)
sys.stdin.read()
`;

describe('a fault of the network', () => {
  it.concurrent('is named when not even a connection is established', async () => {
    // First of all, for it takes longest. A full queue of connections: the kernel drops whoever comes next, without an answer.
    const full = spawn('python3', ['-c', FULL_BACKLOG], { stdio: ['pipe', 'pipe', 'inherit'] });
    afterTest(() => full.kill());
    const [port] = await once(full.stdout, 'data');
    const endpoint = `http://127.0.0.1:${String(port).trim()}`;
    assert.match(await deliverSteadily(kinesisSink({ streamName, endpoint })).named('timeout'), /timed out/);
  });

  for (const { what, fault, called, says, ...timeouts } of CASES) {
    it.concurrent(`is named, and over when it is over: ${what}`, async () => {
      const { proxy, delivery } = await through(timeouts);
      await delivery.healthy();
      await proxy.become(fault);
      assert.match(await delivery.named(called), says);
      await proxy.become(PASS);
      await delivery.healthy();
      assert.deepEqual(
        delivery.changes.map((change) => change.fault ?? change.state),
        ['connected', called, 'connected'],
      );
    });

    it.concurrent(`is named when it is there from the start: ${what}`, async () => {
      const proxy = await startFaultProxy(server.endpoint);
      await proxy.become(fault);
      const sink = kinesisSink({ streamName, endpoint: proxy.endpoint, ...timeouts });
      assert.match(await deliverSteadily(sink).named(called), says);
    });
  }

  it.concurrent('is named with the default timeouts when nothing answers', async () => {
    const proxy = await startFaultProxy(server.endpoint);
    // At full size only: with the default it takes 20 s until it is named.
    const timeouts = isEndurance ? {} : { requestTimeoutMs: 1_500 };
    const delivery = deliverSteadily(kinesisSink({ streamName, endpoint: proxy.endpoint, ...timeouts }));
    await delivery.healthy();
    await proxy.become({ kind: 'blackhole' });
    assert.match(await delivery.named('timeout'), /timed out/);
    await proxy.become(PASS);
    await delivery.healthy();
  });

  it.concurrent('is not one that a single reset makes', async () => {
    const { proxy, delivery } = await through();
    await delivery.healthy();
    for (let blip = 0; blip < 5; blip += 1) {
      await proxy.become({ kind: 'reset', times: 1 });
      await until('the reset has hit', () => proxy.fault().kind === 'pass');
      const before = delivery.arrived();
      await until('something arrives', () => delivery.arrived() > before);
    }
    await delivery.healthy();
    assert.deepEqual(
      delivery.changes.map(({ state }) => state),
      ['connected'],
    );
  });

  it.concurrent('is reported as a DNS failure for a host that does not exist', async () => {
    const sink = kinesisSink({ streamName, endpoint: 'https://kinesis.kinetrack.invalid' });
    const delivery = deliverSteadily(sink);
    assert.match(
      await delivery.named('dns_failure'),
      /cannot be resolved; check DNS.*\((ENOTFOUND|EAI_AGAIN)\)/,
    );
  });

  it.concurrent('loses nothing: what was sent meanwhile arrives, though some of it twice', async () => {
    const own = await createStream(admin);
    const { proxy, delivery } = await through({ streamName: own });
    await delivery.healthy();
    await proxy.become({ kind: 'drop_answer' });
    await delivery.named('reset');
    await proxy.become(PASS);
    await delivery.healthy();
    const seqs = (await readStream(admin, own)).map(({ data }) => Number(/"seq":(\d+)/.exec(data)?.[1]));
    const distinct = new Set(seqs);
    assert.equal(Math.max(...seqs), distinct.size, 'no seq is missing');
    assert.ok(seqs.length > distinct.size, 'the server had committed what nobody heard of');
  });
});

describe('a certificate', () => {
  const trusting = (endpoint: string, { ca }: Authority) =>
    new KinesisClient({
      ...{ endpoint, region: 'us-east-1', credentials: anyCredentials, maxAttempts: 1 },
      requestHandler: new NodeHttpHandler({ requestTimeout: 1_000, httpsAgent: new HttpsAgent({ ca }) }),
    });

  async function secured() {
    const authority = makeAuthority(await tempDir());
    const proxy = await startFaultProxy(server.endpoint);
    const endpoint = proxy.endpoint.replace('http:', 'https:');
    proxy.show(authority.issue('IP:127.0.0.1'));
    const client = trusting(endpoint, authority);
    afterTest(() => client.destroy());
    const delivery = deliverSteadily(kinesisSink({ streamName, client }));
    await delivery.healthy();
    return { proxy, authority, delivery, good: authority.issue('IP:127.0.0.1') };
  }

  it.concurrent('from an authority that nobody here knows is called interception, until it is gone', async () => {
    const { proxy, delivery, good } = await secured();
    proxy.show(makeAuthority(await tempDir(), 'Reading proxy').issue('IP:127.0.0.1'));
    assert.match(
      await delivery.named('tls_interception'),
      /NODE_EXTRA_CA_CERTS.*\(SELF_SIGNED_CERT_IN_CHAIN\)/,
    );
    proxy.show(good);
    await delivery.healthy();
  });

  it.concurrent('that has signed itself is called interception as well', async () => {
    const { proxy, delivery, good } = await secured();
    proxy.show(makeSelfSigned(await tempDir(), 'IP:127.0.0.1'));
    assert.match(await delivery.named('tls_interception'), /\(DEPTH_ZERO_SELF_SIGNED_CERT\)/);
    proxy.show(good);
    await delivery.healthy();
  });

  it.concurrent('for another name means that another server answers', async () => {
    const { proxy, authority, delivery, good } = await secured();
    proxy.show(authority.issue('DNS:portal.example'));
    assert.match(await delivery.named('captive_portal'), /sign in.*\(ERR_TLS_CERT_ALTNAME_INVALID\)/);
    proxy.show(good);
    await delivery.healthy();
  });

  it.concurrent('that is missing means that another server answers', async () => {
    const { proxy, delivery, good } = await secured();
    proxy.show(null);
    await proxy.become(PORTAL_PAGE);
    assert.match(await delivery.named('captive_portal'), /another server responds/);
    await proxy.become(PASS);
    proxy.show(good);
    await delivery.healthy();
  });

  it.concurrent('is trusted with the remedy that the sentence names', async () => {
    const authority = makeAuthority(await tempDir(), 'Reading proxy');
    const proxy = await startFaultProxy(server.endpoint);
    proxy.show(authority.issue('IP:127.0.0.1'));
    const endpoint = proxy.endpoint.replace('http:', 'https:');
    assert.equal((await sendOnce({ endpoint })).fault, 'tls_interception');
    const NODE_EXTRA_CA_CERTS = authority.caFile;
    assert.deepEqual(await sendOnce({ endpoint, NODE_EXTRA_CA_CERTS }), { status: 'delivered' });
  });

  const sendOnce = async ({
    endpoint,
    ...environment
  }: {
    endpoint: string;
    NODE_EXTRA_CA_CERTS?: string;
  }) => {
    const child = fileURLToPath(new URL('../../support/network/send-once.ts', import.meta.url));
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--import', 'tsx', child, streamName, endpoint],
      { env: { ...process.env, ...environment } },
    );
    return JSON.parse(stdout);
  };
});

describe('a computer without network', () => {
  const offline = async (...args: readonly string[]) => {
    const child = fileURLToPath(new URL('../../support/network/offline-child.ts', import.meta.url));
    const command = [process.execPath, '--import', 'tsx', child, ...args];
    const { stdout } = await promisify(execFile)('unshare', ['--map-root-user', '--net', ...command]);
    return JSON.parse(stdout);
  };

  it.concurrent('is reported instead of a DNS failure', async () => {
    const { sentence, states } = await offline('https://kinesis.us-east-1.amazonaws.com');
    assert.match(
      sentence,
      /^this computer has no network; pending events are sent once it is connected \(EAI_AGAIN\)$/,
    );
    assert.deepEqual(states, ['no_network']);
  });

  it.concurrent('is reported instead of a missing route, and delivery starts once there is an address', async () => {
    const { sentence, states } = await offline();
    assert.match(sentence, /^this computer has no network; .*\(ENETUNREACH\)$/);
    assert.deepEqual(states, ['no_network', 'connected']);
  });
});
