/**
 * Samples that arrive late, through the delivery and the announcements of the real flow: they change exactly the
 * hours to which they belong, and in the end it does not matter when anything arrived.
 */
import assert from 'node:assert/strict';
import { DEFAULT_RULES, type Sample, utcHourOf } from '@kinetrack/schema';
import fc from 'fast-check';
import { LocalFirehose } from '../../../local/firehose/index.ts';
import { deliveryConfiguration } from '../../../pipeline/delivery.ts';
import { hoursKey, minutesKey, touchedHours } from '../../../pipeline/lake/keys.ts';
import { rollupHour } from '../../../pipeline/rollup/index.ts';
import { afterTest } from '../../runner/running-test.ts';
import { record } from '../../support/aws/firehose-records.ts';
import { MemoryObjectStore } from '../../support/lake/memory-object-store.ts';
import { parquetRows } from '../../support/lake/parquet-rows.ts';
import { DEVICE, SECOND_DEVICE, sampleOf } from '../../support/lake/sample-factory.ts';
import { TestRuntime } from '../../support/time/test-runtime.ts';

/** Knows what was written below `rollup/`, and what was removed. */
class WatchedStore extends MemoryObjectStore {
  written: string[] = [];

  override put(key: string, body: Uint8Array): Promise<void> {
    if (key.startsWith('rollup/')) this.written.push(key);
    return super.put(key, body);
  }

  override delete(key: string): Promise<void> {
    this.written.push(key);
    return super.delete(key);
  }

  rollups(): ReadonlyMap<string, string> {
    return new Map(
      [...this.objects]
        .filter(([key]) => key.startsWith('rollup/'))
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, body]) => [key, Buffer.from(body).toString('base64')]),
    );
  }
}

/** The flow of one machine in memory: delivery tells which objects are new, and their hours are recomputed. */
async function openFlow() {
  const store = new WatchedStore();
  const firehose = await LocalFirehose.open({
    configuration: deliveryConfiguration({ bucketArn: 'local', roleArn: 'local' }),
    streamName: 'test',
    store,
    runtime: new TestRuntime(),
    async onDelivered(keys) {
      for (const hour of touchedHours(keys)) await rollupHour({ store, hour, rules: DEFAULT_RULES });
    },
  });
  return {
    store,
    close: () => firehose.close(),
    /** Resolves with the keys below `rollup/` that were written or removed for these, ascending. */
    async arrive(events: readonly object[]): Promise<readonly string[]> {
      store.written = [];
      const outcomes = firehose.putRecords(events.map((event) => record(event)));
      await firehose.flush();
      for (const { status } of await outcomes) assert.equal(status, 'delivered');
      return [...new Set(store.written)].sort();
    },
  };
}

async function flowOf() {
  const flow = await openFlow();
  afterTest(() => flow.close());
  return flow;
}

const rollupKeys = (samples: readonly Sample[]): readonly string[] =>
  [
    ...new Set(samples.map(({ ts }) => utcHourOf(ts)).flatMap((hour) => [minutesKey(hour), hoursKey(hour)])),
  ].sort();

/**
 * Minutes around the edges of hours, days and years, around both clock changes of Berlin, and those of machines
 * whose clock is ten years ahead or behind or has lost its battery.
 */
const MOMENTS = [
  ...['2026-11-20T08:59', '2026-11-20T09:00', '2026-11-20T09:01', '2026-11-20T09:59', '2026-11-20T10:00'],
  ...['2026-12-31T23:59', '2027-01-01T00:00', '2028-02-29T12:30'],
  ...['2026-03-29T00:59', '2026-03-29T01:00', '2026-10-25T00:30', '2026-10-25T01:30'],
  ...['2016-11-20T09:00', '2036-11-20T09:00', '1970-01-01T00:00'],
];

const arrivals = fc
  .array(
    fc.record({
      at: fc.constantFrom(...MOMENTS),
      user: fc.constantFrom('ada', 'grace'),
      device: fc.constantFrom(DEVICE, SECOND_DEVICE),
      from: fc.integer({ min: 0, max: 59 }),
      length: fc.integer({ min: 1, max: 60 }),
      keys: fc.option(fc.constantFrom({ 0: 9 }, { 59: 9 }, { 30: 1 })),
      offsetMin: fc.constantFrom(-210, 0, 60, 120, 330, 765),
      wave: fc.nat(3),
      /** In which it comes again. */
      again: fc.option(fc.nat(3)),
    }),
    { minLength: 1, maxLength: 25 },
  )
  .map((list) =>
    list.map(({ wave, again, from, length, ...sketch }, index) => ({
      wave,
      again,
      sample: sampleOf({ ...sketch, seq: index + 1, observed: [from, Math.min(60, from + length)] }),
    })),
  );

test('every arrival writes the hours of its samples and no other, and the order of arrivals does not matter', async () => {
  await fc.assert(
    fc.asyncProperty(arrivals, async (list) => {
      const late = await openFlow();
      const atOnce = await openFlow();
      try {
        for (const wave of [0, 1, 2, 3]) {
          const samples = list
            .filter((arrival) => arrival.wave === wave || arrival.again === wave)
            .map(({ sample }) => sample);
          const before = late.store.rollups();
          assert.deepEqual(await late.arrive(samples), rollupKeys(samples));
          const touched = new Set(rollupKeys(samples));
          for (const [key, bytes] of before) {
            if (!touched.has(key)) assert.equal(late.store.rollups().get(key), bytes, key);
          }
        }
        await atOnce.arrive(list.map(({ sample }) => sample).toReversed());
        assert.deepEqual(late.store.rollups(), atOnce.store.rollups());
      } finally {
        await late.close();
        await atOnce.close();
      }
    }),
    { numRuns: 12 },
  );
});

test('a copy that arrives a day later rewrites its hour with the same bytes', async () => {
  const { arrive, store } = await flowOf();
  const samples = ['09', '10'].map((hour, index) =>
    sampleOf({ seq: index + 1, at: `2026-11-20T${hour}:30`, keys: { 7: 9 } }),
  );
  await arrive(samples);
  const before = store.rollups();
  assert.deepEqual(await arrive([...samples, ...samples]), rollupKeys(samples));
  assert.deepEqual(store.rollups(), before);
});

test('what a clock ten years off has stamped stays in hours of its own', async () => {
  const { arrive, store } = await flowOf();
  await arrive([sampleOf({ at: '2026-11-20T09:10', keys: { 0: 9 } })]);
  const today = store.rollups();
  const jumped = ['2036-11-20T09:10', '2016-11-20T09:10'].map((at, index) =>
    sampleOf({ at, seq: index + 2, keys: { 0: 9 } }),
  );
  const written = await arrive(jumped);
  assert.deepEqual(written, rollupKeys(jumped));
  for (const [key, bytes] of today) assert.equal(store.rollups().get(key), bytes);
  for (const key of written.filter((name) => name.includes('/minutes/'))) {
    const rows = await parquetRows(store.objects.get(key) ?? new Uint8Array());
    assert.deepEqual(
      rows.map(({ local_date, local_hour, seconds }) => [local_date, local_hour, seconds]),
      [[key.includes('2036') ? '2036-11-20' : '2016-11-20', 10, 60]],
    );
  }
});

test('counts a second once that a clock set back repeats, and no second is negative', async () => {
  const { arrive, store } = await flowOf();
  const before = sampleOf({ seq: 1, observed: [0, 50], keys: { 40: 3 } });
  const after = sampleOf({ seq: 2, observed: [20, 60], keys: { 40: 2 }, windows: [{ app: 'Mail' }] });
  await arrive([after]);
  await arrive([before]);
  const [minutes = ''] = rollupKeys([before]).filter((key) => key.includes('/minutes/'));
  const rows = await parquetRows(store.objects.get(minutes) ?? new Uint8Array());
  assert.deepEqual(
    rows.map(({ app, seconds, keys }) => [app, seconds, Number(keys)]),
    [
      ['Code', 50, 3],
      ['Mail', 10, 2],
    ],
  );
});

test('other events of an hour, and what cannot be delivered, write no rollup', async () => {
  const { arrive, store } = await flowOf();
  await arrive([sampleOf()]);
  const before = store.rollups();
  const { activity_type: _, ...nameless } = sampleOf({ seq: 2 });
  const firehoseOnly = [
    { ...sampleOf({ seq: 3 }), activity_type: 'idle' },
    { ...nameless, activity_type: 'nap' },
    { ...sampleOf({ seq: 4 }), ts: '2026-02-31T09:10:00.000Z' },
  ];
  assert.deepEqual(await arrive(firehoseOnly), []);
  assert.deepEqual(store.rollups(), before);
});
