/**
 * A crowded shard and a bad line. The agent's queue, its Kinesis sink and its retries are the real ones, and so are the
 * protocol, the Firehose of the delivery specification and the rollup.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { ActivityTracker, systemRuntime } from '@kinetrack/agent';
import {
  type ActivityEvent,
  DEFAULT_RULES,
  type Detail,
  parseEventLine,
  type Sample,
} from '@kinetrack/schema';
import { hoursWithSamples, openEmbeddedPipeline } from '../../local/embedded-pipeline.ts';
import { minutesKey } from '../../pipeline/lake/keys.ts';
import { rollupHour } from '../../pipeline/rollup/index.ts';
import { afterTest, diagnostic } from '../runner/running-test.ts';
import { FakeSink } from '../support/agent/fake-sink.ts';
import { FakeMachine } from '../support/agent/fake-sources.ts';
import { HOUR_MS } from '../support/agent/simulated-days.ts';
import { simulatedSession } from '../support/agent/simulated-session.ts';
import { startFlakyKinesis } from '../support/aws/flaky-kinesis.ts';
import { anyCredentials, startKinesisServer } from '../support/aws/kinesis-server.ts';
import { createStream, kinesisClient, linesOf, readStream } from '../support/aws/kinesis-stream.ts';
import { collect } from '../support/collect.ts';
import { parquetRows } from '../support/lake/parquet-rows.ts';
import { tempDir } from '../support/process/temp-dir.ts';
import { sized } from '../support/sizes.ts';
import { acceleratedRuntime } from '../support/time/accelerated-runtime.ts';

/**
 * One record a request, and three: with many records of one weight the shares come out as they are meant, and what is
 * sent again although it had arrived shows in the figures.
 */
const CASES = [
  { detail: 'counts', hours: sized(6, 72), maxBatchRecords: 4 },
  { detail: 'events', hours: sized(2, 16), maxBatchRecords: 210 },
] as const;
const MAX_SENT = 1.6;
/** Waits of the agent are so much shorter than in life; everything else takes the time that it takes. */
const ACCELERATION = 20;

for (const each of CASES) {
  test(`delivers detail ${each.detail} through a shard that fails 30 % of the records and loses 5 % of the answers`, () =>
    throttled(each));
}

async function throttled({ detail, hours, maxBatchRecords }: (typeof CASES)[number]) {
  const dataDir = await tempDir();
  const { recorded, endMs } = await recordOffline({ dataDir, detail, hours });

  const kinesis = await startKinesisServer();
  afterTest(() => kinesis.close());
  const client = kinesisClient(kinesis.endpoint);
  afterTest(() => client.destroy());
  const streamName = await createStream(client);
  const flaky = await startFlakyKinesis(kinesis.endpoint, { failedOfTen: 3, droppedOfTwenty: 1, seed: 7 });
  process.env.AWS_ACCESS_KEY_ID = anyCredentials.accessKeyId;
  process.env.AWS_SECRET_ACCESS_KEY = anyCredentials.secretAccessKey;

  const live = await deliver({
    dataDir,
    streamName,
    endpoint: flaky.endpoint,
    maxBatchRecords,
    startMs: endMs + HOUR_MS,
  });
  const needed = [...recorded, ...live];
  const records = await readStream(client, streamName);
  const seqs = records.flatMap(({ data }) => linesOf(data).map(seqOf));
  const different = new Set(seqs);
  assert.deepEqual(
    needed.filter(({ seq }) => !different.has(seq)).map(({ event_id }) => event_id),
    [],
    'every id is in the stream',
  );
  assert.equal(different.size, needed.length, 'and no other');

  const sent = flaky.counts.events / needed.length;
  const rolledUp = await rollUp(
    await tempDir(),
    records.map(({ data }) => Buffer.from(data)),
  );
  const samples = needed.filter((event): event is Sample => event.activity_type === 'sample');
  assert.equal(rolledUp.samples, samples.length);
  assert.equal(rolledUp.seconds, sum(samples.map(({ from_s, to_s }) => to_s - from_s)));
  assert.equal(rolledUp.keys, sum(samples.flatMap(({ keys }) => keys ?? [])));
  diagnostic(
    `${needed.length} events, ${seqs.length} in the stream, ${flaky.counts.events} sent: ${sent.toFixed(3)} times; ` +
      `${flaky.counts.requests} requests with ${flaky.counts.records} records, ${flaky.counts.failed} failed, ` +
      `${flaky.counts.dropped} answers lost; ${rolledUp.samples} samples, ${rolledUp.duplicates} duplicates in the rollup`,
  );
  assert.ok(flaky.counts.dropped > 0 && flaky.counts.failed > 0);
  assert.ok(seqs.length > needed.length, 'nothing came twice: the test did not test');
  if (detail === 'counts') assert.ok(rolledUp.duplicates > 0);
  assert.ok(sent <= MAX_SENT, `${sent} times the events were sent`);
}

/** Hours of a person, without a network; the queue stays behind. */
async function recordOffline({
  dataDir,
  detail,
  hours,
}: {
  readonly dataDir: string;
  readonly detail: Detail;
  readonly hours: number;
}): Promise<{ readonly recorded: readonly ActivityEvent[]; readonly endMs: number }> {
  const sink = new FakeSink(async (given) => given.map(() => ({ status: 'retryable', reason: 'offline' })));
  const { days, tracker, accepted, until, runtime } = await simulatedSession({
    dataDir,
    detail,
    sink: () => sink,
  });
  await days.run(hours * HOUR_MS, 60_000);
  assert.equal((await until(tracker.close())).status, 'pending');
  return { recorded: accepted.map(({ event }) => event), endMs: runtime.now() };
}

/** Delivers what waits and what happens meanwhile; resolves with the latter. */
async function deliver(options: {
  readonly dataDir: string;
  readonly streamName: string;
  readonly endpoint: string;
  readonly maxBatchRecords: number;
  readonly startMs: number;
}): Promise<readonly ActivityEvent[]> {
  const { startMs, ...rest } = options;
  const live: ActivityEvent[] = [];
  const runtime = acceleratedRuntime(ACCELERATION, startMs);
  for (;;) {
    const machine = new FakeMachine(runtime);
    const tracker = new ActivityTracker({
      ...rest,
      ...{ runtime, userId: 'jane', region: 'us-east-1', sources: machine.factories, keyStore: 'file' },
      closeTimeoutMs: 600_000,
    });
    tracker.on('event', (event) => live.push(event));
    await tracker.start();
    while (tracker.status().counts.pending > 0) {
      machine.type({ keys: 1 });
      await pause(20);
    }
    await tracker.close();
    const { captured, delivered, pending, dropped } = tracker.status().counts;
    assert.deepEqual([captured, dropped], [delivered + pending, {}]);
    // What a crowded shard leaves over at the end is for the next start.
    if (pending === 0) return live;
  }
}

/** Through the local Firehose into a lake, and all its hours through the rollup. */
async function rollUp(lakeDir: string, records: readonly Uint8Array[]) {
  const pipeline = await openEmbeddedPipeline({
    lakeDir: join(lakeDir, 'lake'),
    rules: DEFAULT_RULES,
    runtime: systemRuntime,
    onRollupError: (_hour, error) => assert.fail(String(error)),
  });
  const outcomes = pipeline.firehose.putRecords(records);
  await pipeline.firehose.flush();
  assert.ok((await outcomes).every(({ status }) => status === 'delivered'));
  await pipeline.close();
  const total = { samples: 0, duplicates: 0, seconds: 0, keys: 0 };
  for (const hour of await hoursWithSamples(pipeline.store)) {
    const report = await rollupHour({ store: pipeline.store, hour, rules: DEFAULT_RULES });
    assert.deepEqual(report.malformed, {});
    const rows = await parquetRows(Buffer.concat(await collect(pipeline.store.read(minutesKey(hour)))));
    total.samples += report.samples;
    total.duplicates += report.duplicates;
    total.seconds += sum(rows.map(({ seconds }) => Number(seconds)));
    total.keys += sum(rows.map(({ keys }) => Number(keys)));
  }
  return total;
}

function seqOf(line: string): number {
  const parsed = parseEventLine(line);
  assert.ok(parsed.ok, line);
  return parsed.value.seq;
}

const sum = (figures: readonly number[]): number => figures.reduce((total, figure) => total + figure, 0);
