/**
 * What was captured, and what opens doors, is found where it belongs and nowhere else. Whole agents in processes of
 * their own, killed in the middle; searched is every byte that they left or said.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { ActivityTracker, listDeadLetters, systemRuntime, type TrackerStatus } from '@kinetrack/agent';
import { DEFAULT_RULES } from '@kinetrack/schema';
import { openEmbeddedPipeline } from '../../local/embedded-pipeline.ts';
import { afterTest } from '../runner/running-test.ts';
import { FakeMachine } from '../support/agent/fake-sources.ts';
import type { MarkedAgentOptions } from '../support/agent/marked-agent.ts';
import { listening, portOf } from '../support/network/loopback.ts';
import { TrackServer } from '../support/network/track-server.ts';
import { bundled } from '../support/process/bundled.ts';
import { type Found, findIn, findInFolder } from '../support/process/find-text.ts';
import { smallDisk } from '../support/process/small-disk.ts';
import { tempDir } from '../support/process/temp-dir.ts';

const APP = 'WombatWorks';
const TITLE = 'Quokka negotiations with Bilby';
const MAIL = 'numbat.echidna@marsupial-secrets.example';
const TOKEN = 'device-token-5d41402abc4b2a76b9719d911017c592';
const AWS_KEY_ID = 'AKIAPOTOROO0EXAMPLE0';
const AWS_SECRET = 'bandicoot/SECRET+kEy/0123456789abcdefABCDEF';
const CAPTURED = [APP, TITLE];
const GETS_THERE_MS = 60_000;

test('leaves no title or application in queue, logs, status and temporary files when it is killed, but in the lake', async () => {
  const agent = await runMarkedAgent(
    { destination: { kind: 'offline' } },
    ({ spool }) => (spool?.pendingRecords ?? 0) > 200,
  );
  await agent.kill();
  await assertNowhere(agent, CAPTURED);
  const lake = await lakeFrom(agent.dataDir);
  for (const text of CAPTURED) {
    assert.ok(
      lake.some((found) => found.text === text && found.how === 'gzip: utf8'),
      `${text} is in the lake`,
    );
  }
});

test('takes what names a person out of a title before anything is kept, so that not even the lake has it', async () => {
  const title = `Offer for ${MAIL} - Outlook`;
  const agent = await runMarkedAgent(
    { destination: { kind: 'offline' }, titleMode: 'redacted', title },
    ({ spool }) => (spool?.pendingRecords ?? 0) > 200,
  );
  await agent.kill();
  const parts = [MAIL, 'numbat', 'echidna', 'marsupial'];
  await assertNowhere(agent, parts);
  const lake = await lakeFrom(agent.dataDir, [...parts, 'Offer for']);
  assert.deepEqual([...new Set(lake.map(({ text }) => text))], ['Offer for']);
});

test('encrypts dead letters: only who asks for them reads what they hold', async () => {
  const agent = await runMarkedAgent(
    { destination: { kind: 'refusing' } },
    ({ deadLetters }) => deadLetters > 50,
  );
  await agent.kill();
  await assertNowhere(agent, CAPTURED);
  const letters = await listDeadLetters({ dataDir: agent.dataDir, keyStore: 'file', runtime: systemRuntime });
  for (const text of CAPTURED) assert.ok(letters.some(({ line }) => line.includes(text)));
});

test('says nothing of what a server answers that repeats the token and the events', async () => {
  const server = await TrackServer.start({ token: TOKEN });
  const authorizations = new Set<string | undefined>();
  server.fault = ({ headers, lines }, turn) => {
    authorizations.add(headers.authorization);
    const echo = `${headers.authorization} ${lines.join('\n')}`;
    const json = { 'content-type': 'application/json' };
    const problem = JSON.stringify({ error: { code: echo.slice(0, 40), message: echo } });
    const faults = [
      { status: 500, headers: json, body: problem },
      { status: 401, headers: json, body: problem },
      { status: 200, headers: { 'content-type': 'text/html' }, body: `<html>${echo}</html>` },
      { status: 302, headers: { location: `http://127.0.0.1:1/?${encodeURIComponent(echo.slice(0, 500))}` } },
      {
        answer: () => ({
          acknowledged: [],
          rejected: lines.map((line) => ({ seq: seqOf(line), code: 'refused', reason: line })),
        }),
      },
    ];
    return faults[turn % faults.length];
  };
  const destination = { kind: 'http', url: server.url, token: TOKEN } as const;
  const agent = await runMarkedAgent({ destination }, () => server.requests.length > 11);
  await agent.end();
  await assertNowhere(agent, [...CAPTURED, TOKEN]);
  assert.deepEqual([...authorizations], [`Bearer ${TOKEN}`]);
  assert.ok(server.requests.some(({ lines }) => lines.some((line) => line.includes(TITLE))));
});

test('keeps AWS keys where they were, and says nothing of an answer that repeats request and keys', async () => {
  const requests: string[] = [];
  const bearsTitle = (request: string) => findIn('a request', Buffer.from(request), [TITLE]).length > 0;
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    requests.push(`${request.headers.authorization} ${body}`);
    const { Records: records }: { Records: readonly { Data: string }[] } = JSON.parse(body);
    const echo = `${AWS_SECRET} ${Buffer.from(records[0]?.Data ?? '', 'base64')}`;
    const ErrorCode = 'InternalFailure';
    response.setHeader('content-type', 'application/x-amz-json-1.1');
    response.statusCode = requests.length % 2 === 0 ? 400 : 200;
    const whole = { __type: 'ValidationException', message: echo };
    const each = { FailedRecordCount: 1, Records: records.map(() => ({ ErrorCode, ErrorMessage: echo })) };
    response.end(JSON.stringify(requests.length % 2 === 0 ? whole : each));
  });
  await listening(server);
  afterTest(() => server.closeAllConnections());
  afterTest(() => server.close());
  const home = await tempDir();
  const credentials = join(home, 'credentials');
  await writeFile(
    credentials,
    `[default]\naws_access_key_id=${AWS_KEY_ID}\naws_secret_access_key=${AWS_SECRET}\n`,
  );
  const destination = { kind: 'kinesis', endpoint: `http://127.0.0.1:${portOf(server)}` } as const;
  const env = { HOME: home, AWS_SHARED_CREDENTIALS_FILE: credentials };
  const agent = await runMarkedAgent(
    { destination },
    () => requests.length > 8 && requests.some(bearsTitle),
    { env },
  );
  await agent.end();
  await assertNowhere(agent, [...CAPTURED, AWS_SECRET]);
  assert.ok(requests.every((request) => request.includes(AWS_KEY_ID)));
  assert.deepEqual(
    (await findInFolder(home, [AWS_SECRET])).map(({ where, how }) => [where, how]),
    [['credentials', 'utf8']],
  );
});

test('leaves nothing readable on a full disk either', async () => {
  const disk = await smallDisk('1m');
  const agent = await runMarkedAgent(
    { destination: { kind: 'offline' }, title: `${TITLE} ${'and so on '.repeat(40)}` },
    ({ counts }) => (counts.dropped.disk_full ?? 0) > 0,
    { dataDir: disk },
  );
  await agent.kill();
  await assertNowhere(agent, CAPTURED);
});

test('finds a text in every way in which it could have been written', async () => {
  const dir = await tempDir();
  const forms: Record<string, Buffer> = {
    utf8: Buffer.from(`{"title":"${TITLE} 7"}`),
    utf16le: Buffer.from(`x${TITLE}x`, 'utf16le'),
    utf16be: Buffer.from(TITLE, 'utf16le').swap16(),
    hex: Buffer.from(Buffer.from(TITLE).toString('hex')),
    'base64+0': Buffer.from(Buffer.from(`${TITLE}.`).toString('base64')),
    'base64+1': Buffer.from(Buffer.from(`1${TITLE}.`).toString('base64')),
    'base64+2': Buffer.from(Buffer.from(`12${TITLE}..`).toString('base64')),
    gzip: gzipSync(TITLE),
    'gzip behind something': Buffer.concat([Buffer.from('0123'), gzipSync(`a ${TITLE} b`)]),
    'gzip cut off': gzipSync(Buffer.concat([Buffer.from(TITLE), Buffer.alloc(4000, 'n')])).subarray(0, -9),
  };
  for (const [name, bytes] of Object.entries(forms)) await writeFile(join(dir, name), bytes);
  await writeFile(join(dir, 'other'), TITLE.toUpperCase());
  await mkdir(join(dir, TITLE));
  const found = await findInFolder(dir, [TITLE]);
  for (const name of Object.keys(forms))
    assert.ok(
      found.some(({ where }) => where === name),
      name,
    );
  assert.ok(found.some(({ where }) => where.startsWith('the name')));
  assert.ok(!found.some(({ where }) => where === 'other'));
});

interface MarkedAgent {
  readonly dataDir: string;
  readonly tmp: string;
  /** Everything that it printed. */
  readonly printed: () => string;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** Lets it close by itself. */
  end(): Promise<void>;
}

/** Runs until its status says that it has got somewhere. */
async function runMarkedAgent(
  options: Pick<MarkedAgentOptions, 'destination'> & Partial<MarkedAgentOptions>,
  isThere: (status: TrackerStatus) => boolean,
  { dataDir, env = {} }: { readonly dataDir?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<MarkedAgent> {
  const root = await tempDir();
  const tmp = join(root, 'tmp');
  await mkdir(tmp);
  const data = dataDir ?? join(root, 'data');
  const config: MarkedAgentOptions = { dataDir: data, app: APP, title: TITLE, titleMode: 'full', ...options };
  const child = spawn(process.execPath, [await bundled(root, 'agent/marked-agent')], {
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: tmp,
    env: { PATH: process.env.PATH, HOME: root, TMPDIR: tmp, ...env, MARKED_AGENT: JSON.stringify(config) },
  });
  const exited = once(child, 'close');
  afterTest(() => child.kill('SIGKILL'));
  let printed = '';
  let status: TrackerStatus | undefined;
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    printed += text;
  });
  let unread = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed += text;
    unread += text;
    const lines = unread.split('\n');
    unread = lines.pop() ?? '';
    const last = lines.at(-1);
    if (last !== undefined) status = JSON.parse(last);
  });
  const deadline = performance.now() + GETS_THERE_MS;
  while (status === undefined || !isThere(status)) {
    assert.ok(performance.now() < deadline, `it did not get there: ${printed.slice(-2000)}`);
    assert.equal(child.exitCode, null, `it ended by itself: ${printed.slice(-2000)}`);
    await pause(20);
  }
  const finish = async (signal: 'SIGKILL' | 'SIGTERM') => {
    child.kill(signal);
    await exited;
  };
  return {
    ...{ dataDir: data, tmp, printed: () => printed },
    kill: () => finish('SIGKILL'),
    end: () => finish('SIGTERM'),
  };
}

/** In no file of the agent and in nothing that it said; and the key of the queue only where it is kept. */
async function assertNowhere(agent: MarkedAgent, texts: readonly string[]): Promise<void> {
  const keys: readonly { readonly secret: string }[] = JSON.parse(
    await readFile(join(agent.dataDir, 'keys.json'), 'utf8'),
  );
  const secrets = keys.map(({ secret }) => Buffer.from(secret, 'base64').toString('latin1'));
  assert.ok(secrets.length > 0);
  const said = findIn('what it said', Buffer.from(agent.printed()), [
    ...texts,
    ...keys.map(({ secret }) => secret),
  ]);
  const inData = await findInFolder(agent.dataDir, texts);
  const inTmp = await findInFolder(agent.tmp, texts);
  assert.deepEqual([...said, ...inData, ...inTmp], []);
  const holders: readonly Found[] = await findInFolder(
    agent.dataDir,
    keys.map(({ secret }) => secret),
  );
  assert.deepEqual([...new Set(holders.map(({ where }) => where))], ['keys.json']);
}

/** Delivers what a dead agent left behind, and searches the lake for it. */
async function lakeFrom(dataDir: string, texts: readonly string[] = CAPTURED): Promise<readonly Found[]> {
  const lakeDir = join(await tempDir(), 'lake');
  const pipeline = await openEmbeddedPipeline({
    ...{ lakeDir, rules: DEFAULT_RULES, runtime: systemRuntime },
    onRollupError: (_hour, error) => assert.fail(String(error)),
  });
  const tracker = new ActivityTracker({
    ...{ dataDir, userId: 'jane', keyStore: 'file', sources: new FakeMachine(systemRuntime).factories },
    sink: {
      name: 'lake',
      async send(records) {
        const outcomes = pipeline.firehose.putRecords(records.map(({ line }) => Buffer.from(`${line}\n`)));
        await pipeline.firehose.flush();
        return outcomes;
      },
      close: async () => {},
    },
  });
  await tracker.start();
  assert.deepEqual(await tracker.flush(), { status: 'delivered' });
  await tracker.close();
  await pipeline.close();
  return findInFolder(lakeDir, texts);
}

function seqOf(line: string): number {
  const { seq }: { seq: number } = JSON.parse(line);
  return seq;
}
