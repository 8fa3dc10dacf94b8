/** Clock changes, time zone changes and sleep: whole agents with real files, in fake time. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { systemRuntime } from '@kinetrack/agent';
import { type ActivityEvent, DEFAULT_RULES, type MinuteRow } from '@kinetrack/schema';
import fc from 'fast-check';
import { hoursWithSamples, openEmbeddedPipeline } from '../../local/embedded-pipeline.ts';
import { minutesKey } from '../../pipeline/lake/keys.ts';
import { ClockSession } from '../support/agent/clock-session.ts';
import { deliverAll, FakeSink } from '../support/agent/fake-sink.ts';
import { contents } from '../support/aws/firehose-records.ts';
import { collect } from '../support/collect.ts';
import { parquetRows } from '../support/lake/parquet-rows.ts';
import { tempDir } from '../support/process/temp-dir.ts';
import { sized } from '../support/sizes.ts';
import { TestRuntime } from '../support/time/test-runtime.ts';

const HOUR_MS = 3_600_000;
const TEN_YEARS_MS = 3652 * 24 * HOUR_MS;

const JUMPS: Readonly<Record<string, (runtime: TestRuntime) => void>> = {
  'the clock jumps 10 years ahead': (runtime) => runtime.shiftWallClock(TEN_YEARS_MS),
  'the clock jumps 10 years back': (runtime) => runtime.shiftWallClock(-TEN_YEARS_MS),
  'the clock is set back by an hour': (runtime) => runtime.shiftWallClock(-HOUR_MS),
  'the machine sleeps 8 h and its monotonic clock stands still': (runtime) => runtime.sleep(8 * HOUR_MS),
  'the machine sleeps 8 h and its monotonic clock runs on': (runtime) => runtime.stall(8 * HOUR_MS),
  'the zone goes to summer time': (runtime) => runtime.moveTo('Europe/Berlin', 120),
};

/** The state of delivery at the change. Resolves in that state, with a function that ends it. */
const MOMENTS: Readonly<Record<string, (session: ClockSession) => Promise<() => void>>> = {
  'while events are held for batching': async (session) => {
    await session.run(70);
    return () => {};
  },
  'while a retry backs off': async (session) => {
    session.disconnect();
    await session.run(64);
    return () => session.reconnect();
  },
  'deep in an outage': async (session) => {
    session.disconnect();
    await session.run(400);
    return () => session.reconnect();
  },
  'while a send is under way': async (session) => {
    let answer = () => {};
    const answered = new Promise<void>((resolve) => {
      answer = resolve;
    });
    session.sink.answer = async (records) => {
      await answered;
      return deliverAll(records);
    };
    await session.run(64);
    return answer;
  },
};

/** More than the longest delay between two attempts plus one flush interval. */
const RECOVERY_S = 100;

for (const [what, jump] of Object.entries(JUMPS)) {
  for (const [when, prepare] of Object.entries(MOMENTS)) {
    test(`delivers on, with every second once, when ${what} ${when}`, async () => {
      const session = await ClockSession.start({ dataDir: await tempDir() });
      session.machine.show('Code', 'clock.ts');
      const release = await prepare(session);
      const before = session.spool.lastSeq;
      await session.changeClock(jump);
      release();
      await session.run(RECOVERY_S);
      const delivered = new Set(session.sink.delivered.map(({ id }) => id));
      for (let seq = 1; seq <= before; seq += 1) {
        assert.ok(delivered.has(seq), `${seq} is stuck ${RECOVERY_S} s after the jump`);
      }
      await session.close();
      const events = session.assertConsistent();
      const { captured, pending, dropped } = session.tracker.status().counts;
      assert.deepEqual([captured, pending, dropped], [events.length, 0, {}]);
      assert.equal(session.runtime.timers, 0);
      const { seconds } = await lakeOf(events);
      assert.equal(seconds, session.seconds);
    });
  }
}

test('never reuses a seq when the clock is 10 years back at the next start', async () => {
  const dataDir = await tempDir();
  const sink = new FakeSink();
  const first = await ClockSession.start({ dataDir, sink });
  first.disconnect();
  await first.run(130);
  await first.close();
  const { runtime } = first;
  runtime.shiftWallClock(-TEN_YEARS_MS);
  const lastSeq = first.spool.lastSeq;
  const second = await ClockSession.start({ dataDir, runtime, sink });
  second.reconnect();
  await second.run(130);
  await second.close();
  const events = sink.events();
  assert.deepEqual(
    events.map(({ seq }) => seq).sort((a, b) => a - b),
    events.map((_, index) => index + 1),
  );
  assert.ok(events.length > lastSeq);
  assert.equal(new Set(events.map(({ device_id }) => device_id)).size, 1);
});

const SWITCHES = [
  {
    zone: 'Europe/Berlin',
    at: '2026-03-29T01:00:00.000Z',
    hours: { '2026-03-29 1': 3600, '2026-03-29 3': 3600 },
  },
  { zone: 'Europe/Berlin', at: '2026-10-25T01:00:00.000Z', hours: { '2026-10-25 2': 7200 } },
  // Half an hour: 02:00 becomes 02:30.
  {
    zone: 'Australia/Lord_Howe',
    at: '2026-10-03T15:30:00.000Z',
    hours: { '2026-10-04 1': 3600, '2026-10-04 2': 1800, '2026-10-04 3': 1800 },
  },
] as const;

for (const { zone, at, hours } of SWITCHES) {
  test(`gives each second its local hour if ${zone} changes its clocks at ${at}`, async () => {
    const runtime = new TestRuntime({ timeZone: zone, startMs: Date.parse(at) - HOUR_MS });
    const session = await ClockSession.start({ dataDir: await tempDir(), runtime });
    await session.run(7200);
    await session.close();
    const events = session.assertConsistent();
    assert.equal(
      events.filter((each) => each.activity_type === 'system' && each.kind === 'time_zone').length,
      1,
    );
    const { rows } = await lakeOf(events);
    const seconds: Record<string, number> = {};
    for (const { local_date, local_hour, seconds: s } of rows) {
      const hour = `${local_date} ${local_hour}`;
      seconds[hour] = (seconds[hour] ?? 0) + s;
    }
    assert.deepEqual(seconds, hours);
  });
}

const shift = fc.integer({ min: 3, max: TEN_YEARS_MS / 1000 }).map((seconds) => seconds * 1000);
const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant('live' as const), seconds: fc.integer({ min: 1, max: 90 }) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('ahead' as const, 'back' as const), ms: shift }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('stall' as const), ms: fc.integer({ min: 11, max: 100_000 }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('break' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('heal' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('zone' as const), offset: fc.integer({ min: -840, max: 840 }) }),
  },
);

test('keeps every second and every seq whatever the clock does, and delivers all of it', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      const session = await ClockSession.start({ dataDir: await tempDir() });
      for (const each of steps) {
        if (each.do === 'live') await session.run(each.seconds);
        else if (each.do === 'ahead') await session.changeClock((runtime) => runtime.shiftWallClock(each.ms));
        else if (each.do === 'back') await session.changeClock((runtime) => runtime.shiftWallClock(-each.ms));
        else if (each.do === 'stall') await session.changeClock((runtime) => runtime.stall(each.ms * 1000));
        else if (each.do === 'break') session.disconnect();
        else if (each.do === 'heal') session.reconnect();
        else if (each.do === 'zone') {
          session.runtime.moveTo(`Zone/${each.offset}`, each.offset);
          await session.run(3);
        }
      }
      session.reconnect();
      await session.run(RECOVERY_S);
      const { pendingRecords } = session.spool.status();
      assert.ok(pendingRecords < 60, `${pendingRecords} are still pending`);
      await session.close();
      session.assertConsistent();
    }),
    { numRuns: sized(15, 300) },
  );
});

/** What the pipeline makes of events: in partitions of their own time, none in errors/. */
async function lakeOf(events: readonly ActivityEvent[]) {
  const pipeline = await openEmbeddedPipeline({
    lakeDir: join(await tempDir(), 'lake'),
    rules: DEFAULT_RULES,
    runtime: systemRuntime,
    onRollupError: (_hour, error) => assert.fail(String(error)),
  });
  const outcomes = pipeline.firehose.putRecords(
    events.map((event) => Buffer.from(`${JSON.stringify(event)}\n`)),
  );
  await pipeline.firehose.flush();
  assert.ok((await outcomes).every(({ status }) => status === 'delivered'));
  await pipeline.close();
  let stored = 0;
  for (const [key, text] of Object.entries(await contents(pipeline.store, 'raw/'))) {
    for (const line of text.trimEnd().split('\n')) {
      const event: ActivityEvent = JSON.parse(line);
      const partition = `raw/activity_type=${event.activity_type}/dt=${event.ts.slice(0, 10)}/hour=${event.ts.slice(11, 13)}/`;
      assert.ok(key.startsWith(partition), `${event.ts} lies under ${key}`);
      stored += 1;
    }
  }
  assert.equal(stored, events.length);
  const rows: Pick<MinuteRow, 'local_date' | 'local_hour' | 'seconds'>[] = [];
  for (const hour of await hoursWithSamples(pipeline.store)) {
    const file = Buffer.concat(await collect(pipeline.store.read(minutesKey(hour))));
    for (const { local_date, local_hour, seconds } of await parquetRows(file)) {
      rows.push({ local_date: String(local_date), local_hour: Number(local_hour), seconds: Number(seconds) });
    }
  }
  return { rows, seconds: rows.reduce((total, { seconds }) => total + seconds, 0) };
}
