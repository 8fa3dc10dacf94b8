import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import type { S3Client } from '@aws-sdk/client-s3';
import { DEFAULT_RULES } from '@kinetrack/schema';
import { rollupMessages } from '../../lambdas/rollup/rollup-messages.ts';
import { S3ObjectStore } from '../../lambdas/s3-object-store.ts';
import { parquetRows } from '../support/parquet-rows.ts';
import { rawObject, rawSampleKey, sampleEvent } from '../support/raw-samples.ts';
import { s3ClientFor } from '../support/s3-client.ts';
import { s3Notification } from '../support/s3-notification.ts';
import { S3Server } from '../support/s3-server.ts';

const BUCKET = 'lake';
const NINE = { dt: '2026-11-20', hour: '09' };
const TEN = { dt: '2026-11-20', hour: '10' };
const MINUTES_NINE = 'rollup/minutes/dt=2026-11-20/hour=09/part-0.parquet';
const MINUTES_TEN = 'rollup/minutes/dt=2026-11-20/hour=10/part-0.parquet';
const HOURS_NINE = 'rollup/hours/dt=2026-11-20/hour=09/part-0.parquet';

let server: S3Server;
let client: S3Client;
let logged: { level: string; message: string; details: Record<string, unknown> }[];

before(async () => {
  server = await S3Server.start(BUCKET);
  client = s3ClientFor(server);
});
after(async () => {
  client.destroy();
  await server.close();
});
beforeEach(() => {
  server.objects.clear();
  server.requests.length = 0;
  server.intercept = undefined;
  logged = [];
});

const at = (level: string) => (message: string, details: Record<string, unknown>) =>
  void logged.push({ level, message, details });

const run = (bodies: readonly string[], timeLeftMs = () => 300_000) =>
  rollupMessages(
    bodies.map((body, index) => ({ messageId: `m${index}`, body })),
    {
      store: new S3ObjectStore({ client, bucket: BUCKET }),
      rules: DEFAULT_RULES,
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

  it('writes the same bytes when a message comes again', async () => {
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
      [['warn', 'hour left as it is: its raw events have expired, or are about to']],
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

  it('gives an hour back to the queue while its objects do not stop changing', async () => {
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
    const response = await run(
      [s3Notification([nine]), s3Notification([ten])],
      () => timeLeft.shift() ?? 59_999,
    );
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
