import assert from 'node:assert/strict';
import type { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { DEFAULT_RULES } from '@kinetrack/schema';
import { rollupMessages } from '../../../aws/queues/rollup-messages.ts';
import { sendSlices } from '../../../aws/queues/rollup-queue.ts';
import { S3ObjectStore } from '../../../aws/stores/object-store.ts';
import type { PersonHour, SummaryWriter } from '../../../pipeline/lake/ports.ts';
import { s3ClientFor } from '../../support/aws/s3-client.ts';
import { s3Notification } from '../../support/aws/s3-notification.ts';
import { S3Server } from '../../support/aws/s3-server.ts';
import { SqsServer } from '../../support/aws/sqs-server.ts';
import { parquetRows } from '../../support/lake/parquet-rows.ts';
import { rawObject, rawSampleKey, sampleEvent } from '../../support/lake/raw-samples.ts';

const BUCKET = 'lake';
const NINE = { dt: '2026-11-20', hour: '09' };
const TEN = { dt: '2026-11-20', hour: '10' };
const MINUTES_NINE = 'rollup/minutes/dt=2026-11-20/hour=09/part-0.parquet';
const MINUTES_TEN = 'rollup/minutes/dt=2026-11-20/hour=10/part-0.parquet';
const HOURS_NINE = 'rollup/hours/dt=2026-11-20/hour=09/part-0.parquet';

let server: S3Server;
let client: S3Client;
let queue: SqsServer;
let queueClient: SQSClient;
let logged: { level: string; message: string; details: Record<string, unknown> }[];

beforeAll(async () => {
  server = await S3Server.start(BUCKET);
  client = s3ClientFor(server);
  queue = await SqsServer.start();
  queueClient = new SQSClient({
    endpoint: queue.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  });
});
afterAll(async () => {
  client.destroy();
  queueClient.destroy();
  await server.close();
  await queue.close();
});
beforeEach(() => {
  server.objects.clear();
  server.requests.length = 0;
  server.intercept = undefined;
  queue.bodies.length = 0;
  queue.requests = 0;
  queue.refuses = () => false;
  logged = [];
});

const at = (level: string) => (message: string, details: Record<string, unknown>) =>
  void logged.push({ level, message, details });

interface Circumstances {
  readonly timeLeftMs?: () => number;
  readonly slices?: number;
  readonly summaries?: SummaryWriter;
}

const run = (
  bodies: readonly string[],
  { timeLeftMs = () => 300_000, slices = 1, summaries }: Circumstances = {},
) =>
  rollupMessages(
    bodies.map((body, index) => ({ messageId: `m${index}`, body })),
    {
      store: new S3ObjectStore({ client, bucket: BUCKET }),
      summaries,
      rules: DEFAULT_RULES,
      slices,
      sendSlices: (all) => sendSlices(queueClient, `${queue.endpoint}/slices`, all),
      log: { info: at('info'), warn: at('warn'), error: at('error') },
      timeLeftMs,
      now: () => Date.parse('2026-11-20T12:00:00.000Z'),
      rawRetentionDays: 400,
    },
  );

const failures = ({ batchItemFailures }: Awaited<ReturnType<typeof run>>) =>
  batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);

/** Lays a raw object of one sample minute into the lake; returns its key. */
function lay(hour: typeof NINE, name: string, minute: number, seq: number): string {
  const key = rawSampleKey(hour, name);
  const ts = `${hour.dt}T${hour.hour}:${String(minute).padStart(2, '0')}:00.000Z`;
  server.objects.set(key, rawObject([sampleEvent({ ts, seq })]));
  return key;
}

async function minutesIn(key: string): Promise<readonly unknown[]> {
  const file = server.objects.get(key);
  assert.ok(file, `${key} was not written`);
  return (await parquetRows(file)).map((row) => row.minute).sort();
}

const puts = (key: string) =>
  server.requests.filter((request) => request.method === 'PUT' && request.key === key).length;

describe('the rollup of announced objects', () => {
  it('recomputes each touched hour once, from all of its objects', async () => {
    const first = lay(NINE, 'a', 10, 1);
    const second = lay(NINE, 'b', 11, 2);
    lay(NINE, 'never-announced', 12, 3);
    const third = lay(TEN, 'a', 0, 4);

    const response = await run([s3Notification([first]), s3Notification([second, third])]);

    assert.deepEqual(failures(response), []);
    assert.equal(puts(MINUTES_NINE), 1);
    assert.deepEqual(await minutesIn(MINUTES_NINE), [
      '2026-11-20 09:10:00',
      '2026-11-20 09:11:00',
      '2026-11-20 09:12:00',
    ]);
    assert.deepEqual(await minutesIn(MINUTES_TEN), ['2026-11-20 10:00:00']);
    assert.ok(server.objects.has(HOURS_NINE));
  });

  it('writes the same bytes when a message is repeated', async () => {
    const key = lay(NINE, 'a', 10, 1);
    await run([s3Notification([key])]);
    const once = server.objects.get(MINUTES_NINE);
    await run([s3Notification([key]), s3Notification([key])]);
    assert.deepEqual(server.objects.get(MINUTES_NINE), once);
  });

  it('leaves an hour as it is once its raw events have expired, whatever arrives for it', async () => {
    const expired = { dt: '2025-10-01', hour: '09' };
    const minutes = 'rollup/minutes/dt=2025-10-01/hour=09/part-0.parquet';
    server.objects.set(minutes, Buffer.from('the rows of everybody'));
    const late = lay(expired, 'a-clock-gone-wrong', 10, 1);

    const response = await run([s3Notification([late])]);

    assert.deepEqual(failures(response), []);
    assert.equal(String(server.objects.get(minutes)), 'the rows of everybody');
    assert.deepEqual(
      logged.map(({ level, message }) => [level, message]),
      [['warn', 'hour skipped: its raw events have expired or expire soon']],
    );
  });

  it('fails only the messages of the hour that failed', async () => {
    const nine = lay(NINE, 'a', 10, 1);
    const ten = lay(TEN, 'a', 0, 2);
    server.intercept = ({ method, key }) =>
      method === 'PUT' && key === MINUTES_NINE ? { status: 403, code: 'AccessDenied' } : undefined;

    const response = await run([s3Notification([nine]), s3Notification([ten]), s3Notification([ten, nine])]);

    assert.deepEqual(failures(response), ['m0', 'm2']);
    assert.deepEqual(await minutesIn(MINUTES_TEN), ['2026-11-20 10:00:00']);
    assert.equal(logged.find(({ level }) => level === 'error')?.details.hour, '09');
  });

  it('fails a message that cannot be read and does the others', async () => {
    const key = lay(NINE, 'a', 10, 1);
    assert.deepEqual(failures(await run(['{', s3Notification([key])])), ['m0']);
    assert.ok(server.objects.has(MINUTES_NINE));
  });

  it('is done with messages that touch no hour', async () => {
    const testEvent = JSON.stringify({ Event: 's3:TestEvent' });
    assert.deepEqual(failures(await run([testEvent, s3Notification(['raw/activity_type=idle/a'])])), []);
    assert.equal(server.requests.length, 0);
  });

  it('recomputes an hour again when an object arrived while it was being written', async () => {
    const key = lay(NINE, 'a', 10, 1);
    let arrived = false;
    server.intercept = (request) => {
      if (request.method === 'PUT' && !arrived) {
        arrived = true;
        lay(NINE, 'late', 11, 2);
      }
      return undefined;
    };

    assert.deepEqual(failures(await run([s3Notification([key])])), []);

    assert.equal(puts(MINUTES_NINE), 2);
    assert.deepEqual(await minutesIn(MINUTES_NINE), ['2026-11-20 09:10:00', '2026-11-20 09:11:00']);
  });

  it('returns an hour to the queue while its objects keep changing', async () => {
    const key = lay(NINE, 'a', 0, 1);
    let seq = 1;
    server.intercept = ({ method, key: put }) => {
      if (method === 'PUT' && put === MINUTES_NINE) lay(NINE, `more-${seq}`, seq, ++seq);
      return undefined;
    };
    assert.deepEqual(failures(await run([s3Notification([key])])), ['m0']);
    assert.equal(puts(MINUTES_NINE), 5);
    assert.match(String(logged.at(-1)?.details.error), /changed during each of 5 attempts/);
  });

  it('begins no hour that it may not finish', async () => {
    const nine = lay(NINE, 'a', 10, 1);
    const ten = lay(TEN, 'a', 0, 2);
    const timeLeft = [300_000, 59_999];
    const response = await run([s3Notification([nine]), s3Notification([ten])], {
      timeLeftMs: () => timeLeft.shift() ?? 59_999,
    });
    assert.deepEqual(failures(response), ['m1']);
    assert.ok(server.objects.has(MINUTES_NINE));
    assert.ok(!server.objects.has(MINUTES_TEN));
  });

  it('logs figures, and nothing of what was captured', async () => {
    const key = lay(NINE, 'a', 10, 1);
    await run([s3Notification([key])]);
    assert.equal(logged[0]?.details.samples, 1);
    assert.doesNotMatch(JSON.stringify(logged), /Code|ada/);
  });
});

/** Of a person whose hour it is, with one sample. */
function layFor(user: string, seq: number): string {
  const key = rawSampleKey(NINE, user);
  const ts = `2026-11-20T09:${String(seq % 60).padStart(2, '0')}:00.000Z`;
  server.objects.set(key, rawObject([sampleEvent({ ts, seq, user_id: user })]));
  return key;
}

const messageOf = (index: number, of: number) =>
  JSON.stringify({ slice: { dt: '2026-11-20', hour: '09', index, of } });
const rollups = () => [...server.objects.keys()].filter((key) => key.startsWith('rollup/minutes/'));

describe('the rollup in slices', () => {
  it('hands each hour out once, and computes nothing itself', async () => {
    const [a, b] = [lay(NINE, 'a', 10, 1), lay(NINE, 'b', 11, 2)];
    const response = await run([s3Notification([a]), s3Notification([a, b])], { slices: 4 });
    assert.deepEqual(failures(response), []);
    assert.deepEqual(
      queue.bodies,
      [0, 1, 2, 3].map((index) => messageOf(index, 4)),
    );
    assert.deepEqual(rollups(), []);
  });

  it('hands out as many as there are, ten in a request', async () => {
    const key = lay(NINE, 'a', 10, 1);
    await run([s3Notification([key])], { slices: 16 });
    assert.equal(queue.bodies.length, 16);
    assert.equal(queue.requests, 2);
  });

  it('fails the message if not all of them were queued', async () => {
    const [nine, ten] = [lay(NINE, 'a', 10, 1), lay(TEN, 'a', 0, 2)];
    queue.refuses = (body) => body === messageOf(2, 4);
    const response = await run([s3Notification([nine]), s3Notification([ten])], { slices: 4 });
    assert.deepEqual(failures(response), ['m0']);
    assert.match(String(logged.find(({ level }) => level === 'error')?.details.error), /InternalError/);
  });

  it('produces the rows of the whole hour from the messages that it queued', async () => {
    const keys = Array.from({ length: 20 }, (_, person) => layFor(`person-${person}`, person + 1));
    await run([s3Notification(keys)], { slices: 4 });
    const response = await run(queue.bodies, { slices: 4 });
    assert.deepEqual(failures(response), []);
    const rows = await Promise.all(rollups().map(minutesIn));
    assert.equal(rows.length, 4);
    assert.equal(rows.flat().length, 20);
  });

  it('does a slice that several messages ask for once', async () => {
    layFor('ada', 1);
    await run([messageOf(0, 2), messageOf(0, 2), messageOf(1, 2)], { slices: 2 });
    assert.equal(
      server.requests.filter(({ method, key }) => method === 'PUT' && key.includes('minutes')).length,
      1,
    );
  });

  it('fails only the messages of the slice that failed', async () => {
    for (let person = 0; person < 20; person += 1) layFor(`person-${person}`, person + 1);
    server.intercept = ({ method, key }) =>
      method === 'PUT' && key.endsWith('part-1.parquet') ? { status: 503, code: 'SlowDown' } : undefined;
    const response = await run([messageOf(0, 2), messageOf(1, 2)], { slices: 2 });
    assert.deepEqual(failures(response), ['m1']);
  });

  it('queues an hour again if its slices were made for another number of slices', async () => {
    layFor('ada', 1);
    const old = Array.from({ length: 8 }, (_, index) => messageOf(index, 8));
    assert.deepEqual(failures(await run(old, { slices: 2 })), []);
    assert.deepEqual(queue.bodies, [messageOf(0, 2), messageOf(1, 2)]);
    assert.deepEqual(rollups(), []);

    await run(queue.bodies, { slices: 1 });
    assert.deepEqual(rollups(), [MINUTES_NINE]);
  });

  it('computes hours again when somebody asks for it', async () => {
    layFor('ada', 1);
    const wish = JSON.stringify({ recompute: [NINE, TEN] });
    assert.deepEqual(failures(await run([wish])), []);
    assert.deepEqual(rollups(), [MINUTES_NINE]);
    await run([wish], { slices: 2 });
    assert.equal(queue.bodies.length, 4);
  });
});

describe('a rollup that fails', () => {
  for (const [what, fails] of [
    ['an object cannot be read', ({ method, key }) => method === 'GET' && key.includes('/b.json.gz')],
    ['the minutes cannot be written', ({ method, key }) => method === 'PUT' && key === MINUTES_NINE],
    ['the lake cannot be listed', ({ operation }) => operation === 'ListObjectsV2'],
  ] as [string, (request: { method: string; key: string; operation: string }) => boolean][]) {
    it(`leaves the last good partition where it is when ${what}, and mends it the next time`, async () => {
      const a = lay(NINE, 'a', 10, 1);
      await run([s3Notification([a])]);
      const good = [server.objects.get(MINUTES_NINE), server.objects.get(HOURS_NINE)];
      const b = lay(NINE, 'b', 11, 2);
      server.intercept = (request) => (fails(request) ? { status: 503, code: 'SlowDown' } : undefined);

      assert.deepEqual(failures(await run([s3Notification([b])])), ['m0']);

      assert.deepEqual([server.objects.get(MINUTES_NINE), server.objects.get(HOURS_NINE)], good);
      server.intercept = undefined;
      assert.deepEqual(failures(await run([s3Notification([b])])), []);
      assert.equal((await minutesIn(MINUTES_NINE)).length, 2);
    });
  }

  it('retries if the summaries could not be stored, although the lake has the rows', async () => {
    const key = lay(NINE, 'a', 10, 1);
    const put: PersonHour[][] = [];
    let attempts = 0;
    const summaries: SummaryWriter = {
      putHour: (_, people) => {
        attempts += 1;
        if (attempts === 1) return Promise.reject(new Error('throttled'));
        put.push([...people]);
        return Promise.resolve();
      },
      deletePerson: () => Promise.resolve(0),
    };
    assert.deepEqual(failures(await run([s3Notification([key])], { summaries })), ['m0']);
    assert.equal((await minutesIn(MINUTES_NINE)).length, 1);
    assert.deepEqual(failures(await run([s3Notification([key])], { summaries })), []);
    assert.deepEqual(
      put.flat().map(({ userId, rows }) => [userId, rows.length]),
      [['ada', 1]],
    );
  });
});
