import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { DEFAULT_RULES, type Sample } from '@kinetrack/schema';
import fc from 'fast-check';
import { hoursKey, minutesKey } from '../../../pipeline/lake/keys.ts';
import { rollupHour } from '../../../pipeline/rollup/index.ts';
import { MemoryObjectStore } from '../../support/lake/memory-object-store.ts';
import { parquetRows } from '../../support/lake/parquet-rows.ts';
import { rawObject, rawSampleKey } from '../../support/lake/raw-samples.ts';
import { hourRow, minuteRow } from '../../support/lake/rollup-rows.ts';
import { DEVICE, everySecond, SECOND_DEVICE, sampleOf } from '../../support/lake/sample-factory.ts';

const HOUR = { dt: '2026-11-20', hour: '09' };
const rules = DEFAULT_RULES;

async function storeOf(...objects: readonly (readonly object[])[]): Promise<MemoryObjectStore> {
  const store = new MemoryObjectStore();
  for (const [index, lines] of objects.entries()) {
    await store.put(rawSampleKey(HOUR, `object-${index}`), rawObject(lines));
  }
  return store;
}

async function rowsAt(store: MemoryObjectStore, key: string): Promise<readonly Record<string, unknown>[]> {
  const file = store.objects.get(key);
  assert.ok(file, `${key} is there`);
  return parquetRows(file);
}

const total = (rows: readonly Record<string, unknown>[], name: string): number =>
  rows.reduce((sum, row) => sum + Number(row[name]), 0);

test('writes a minute and its hour as rows that DuckDB reads', async () => {
  const store = await storeOf([
    sampleOf({ keys: { 0: 5 }, clicks: { 1: 2 }, scrolls: { 2: 1 }, distance: { 3: 9 } }),
  ]);
  const report = await rollupHour({ store, hour: HOUR, rules });
  assert.deepEqual(report, {
    hour: HOUR,
    objects: 1,
    damagedObjects: [],
    samples: 1,
    duplicates: 0,
    hidden: 0,
    malformed: {},
    observedS: 60,
    minuteRows: 1,
    hourRows: 1,
  });
  // DuckDB returns 64-bit integers as strings.
  const figures = { keys: '5', clicks: '2', scrolls: '1', distance_px: '9' };
  const minute = minuteRow({
    reason: 'Active: 5 keys in 60 s; minimum 5.',
    inputs:
      '{"observed_s":60,"keys":5,"clicks":2,"scrolls":1,"distance_px":9,"moving_s":1,"longest_idle_s":56,"distraction_s":0}',
  });
  assert.deepEqual(await rowsAt(store, minutesKey(HOUR)), [
    { ...minute, minute: '2026-11-20 09:10:00', ...figures },
  ]);
  assert.deepEqual(await rowsAt(store, hoursKey(HOUR)), [{ ...hourRow(), ...figures }]);
});

test('counts and passes over lines that are no usable sample, by reason', async () => {
  const good = sampleOf();
  const store = await storeOf([
    good,
    { ...good, activity_type: 'mouse_move' },
    { ...good, seq: 0 },
    { ...good, ts: '2026-11-20T10:00:00.000Z' },
    { ...good, to_s: 61 },
    { ...good, keys: [1, 2] },
    { ...good, clicks: good.clicks?.map(() => -1) },
    { ...good, segments: [{ app: 'Code', site: null, title: null, from_s: 0, to_s: 59 }] },
  ]);
  await store.put(rawSampleKey(HOUR, 'text'), gzipSync(Buffer.from('{"half\n\n  \n[]\nnull\n')));
  const report = await rollupHour({ store, hour: HOUR, rules });
  assert.equal(report.samples, 1);
  assert.deepEqual(report.malformed, {
    not_json: 1,
    not_a_sample: 3,
    no_identity: 1,
    wrong_hour: 1,
    bad_range: 1,
    bad_figures: 2,
    bad_segments: 1,
  });
});

test('reads a last line that has no newline, and several gzip members in one object', async () => {
  const store = new MemoryObjectStore();
  const line = (seq: number) => JSON.stringify(sampleOf({ seq, at: `2026-11-20T09:1${seq}` }));
  const members = [gzipSync(`${line(1)}\n${line(2)}`), gzipSync(`\n${line(3)}`)];
  await store.put(rawSampleKey(HOUR, 'members'), Buffer.concat(members));
  assert.equal((await rollupHour({ store, hour: HOUR, rules })).samples, 3);
});

test('reports a damaged object and computes the hour from the others', async () => {
  const store = await storeOf([sampleOf()]);
  await store.put(rawSampleKey(HOUR, 'garbage'), Buffer.from('no gzip at all'));
  await store.put(rawSampleKey(HOUR, 'short'), rawObject([sampleOf({ seq: 2 })]).subarray(0, 40));
  const report = await rollupHour({ store, hour: HOUR, rules });
  assert.equal(report.samples, 1);
  assert.deepEqual(report.damagedObjects, [rawSampleKey(HOUR, 'garbage'), rawSampleKey(HOUR, 'short')]);
});

test('fails when the store fails, so that the hour is tried again', async () => {
  class Failing extends MemoryObjectStore {
    override async *read(key: string): AsyncIterable<Uint8Array> {
      yield await Promise.resolve(rawObject([sampleOf()]).subarray(0, 10));
      throw new Error(`connection reset while reading ${key}`);
    }
  }
  const store = new Failing();
  await store.put(rawSampleKey(HOUR, 'object'), Buffer.alloc(0));
  await assert.rejects(rollupHour({ store, hour: HOUR, rules }), /connection reset/);
});

test('passes over an object that is deleted between listing and reading', async () => {
  const store = await storeOf([sampleOf()], [sampleOf({ seq: 2, at: '2026-11-20T09:11' })]);
  const list = store.list.bind(store);
  store.list = async function* (prefix) {
    for await (const info of list(prefix)) {
      store.objects.delete(rawSampleKey(HOUR, 'object-1'));
      yield info;
      yield { key: rawSampleKey(HOUR, 'object-1'), bytes: 1 };
    }
  };
  assert.equal((await rollupHour({ store, hour: HOUR, rules })).objects, 1);
});

test('removes the rows of an hour whose samples are gone', async () => {
  const store = await storeOf([sampleOf()]);
  await rollupHour({ store, hour: HOUR, rules });
  store.objects.delete(rawSampleKey(HOUR, 'object-0'));
  const report = await rollupHour({ store, hour: HOUR, rules });
  assert.equal(report.minuteRows, 0);
  assert.deepEqual([...store.objects.keys()], []);
});

test('overwrites with the right answer when late data arrives', async () => {
  const store = await storeOf([sampleOf({ observed: [0, 30], keys: { 0: 3 } })]);
  await rollupHour({ store, hour: HOUR, rules });
  assert.equal((await rowsAt(store, minutesKey(HOUR)))[0]?.state, 'non_productive');
  await store.put(
    rawSampleKey(HOUR, 'late'),
    rawObject([sampleOf({ seq: 2, observed: [30, 60], keys: { 30: 2 } })]),
  );
  await rollupHour({ store, hour: HOUR, rules });
  const [row] = await rowsAt(store, minutesKey(HOUR));
  assert.equal(row?.state, 'productive');
  assert.equal(row.seconds, 60);
});

test('judges by the rules that it is given and stamps their version', async () => {
  const store = await storeOf([sampleOf({ keys: { 0: 5 } })]);
  const stricter = {
    ...rules,
    version: 'strict-7',
    interaction: { min_interactions: 50, min_keys: 50, min_clicks: 50 },
  };
  await rollupHour({ store, hour: HOUR, rules: stricter });
  const [row] = await rowsAt(store, minutesKey(HOUR));
  assert.equal(row?.state, 'non_productive');
  assert.equal(row.rules_version, 'strict-7');
});

test('puts a minute on the local date and hour of half-hour time zones', async () => {
  const store = await storeOf([
    sampleOf({ user: 'kolkata', offsetMin: 330 }),
    sampleOf({ user: 'kolkata', offsetMin: 330, at: '2026-11-20T09:40', seq: 2 }),
    sampleOf({ user: 'st-johns', offsetMin: -210, device: SECOND_DEVICE }),
    sampleOf({ user: 'chatham', offsetMin: 825, seq: 3, at: '2026-11-20T09:50' }),
    sampleOf({ user: 'kiritimati', offsetMin: 840, seq: 4, at: '2026-11-20T09:59' }),
    sampleOf({ user: 'kiritimati', offsetMin: 840, seq: 5, at: '2026-11-20T09:00' }),
  ]);
  await rollupHour({ store, hour: HOUR, rules });
  const hours = await rowsAt(store, hoursKey(HOUR));
  assert.deepEqual(
    hours.map(({ user_id, local_date, local_hour, seconds }) => [user_id, local_date, local_hour, seconds]),
    [
      ['chatham', '2026-11-20', 23, 60],
      ['kiritimati', '2026-11-20', 23, 120],
      ['kolkata', '2026-11-20', 14, 60],
      ['kolkata', '2026-11-20', 15, 60],
      ['st-johns', '2026-11-20', 5, 60],
    ],
  );
});

test('keeps the hour that a clock change repeats as one local hour of two hours', async () => {
  const seconds = await Promise.all(
    [
      { hour: '00', offsetMin: 120, seq: 1 },
      { hour: '01', offsetMin: 60, seq: 2 },
    ].map(async ({ hour, offsetMin, seq }) => {
      const store = new MemoryObjectStore();
      const utcHour = { dt: '2026-10-25', hour };
      const sample = sampleOf({ at: `2026-10-25T${hour}:15`, offsetMin, seq });
      await store.put(rawSampleKey(utcHour, 'object'), rawObject([sample]));
      await rollupHour({ store, hour: utcHour, rules });
      const [row] = await rowsAt(store, hoursKey(utcHour));
      return [row?.local_date, row?.local_hour, row?.seconds];
    }),
  );
  assert.deepEqual(seconds, [
    ['2026-10-25', 2, 60],
    ['2026-10-25', 2, 60],
  ]);
});

test('counts a second that two devices of one person observe once, for the stronger evidence', async () => {
  const store = await storeOf([
    sampleOf({ keys: everySecond(30), observed: [0, 40] }),
    sampleOf({ device: SECOND_DEVICE, clicks: { 0: 2 }, windows: [{ app: 'Firefox' }] }),
  ]);
  const report = await rollupHour({ store, hour: HOUR, rules });
  assert.equal(report.observedS, 100);
  const hours = await rowsAt(store, hoursKey(HOUR));
  assert.deepEqual(
    hours.map(({ app, state, seconds, keys, clicks }) => [app, state, seconds, Number(keys), Number(clicks)]),
    [
      ['Code', 'productive', 40, 30, 0],
      ['Firefox', 'non_productive', 20, 0, 2],
    ],
  );
});

test('keeps two people at the same minute apart', async () => {
  const store = await storeOf([
    sampleOf({ user: 'ada' }),
    sampleOf({ user: 'grace', device: SECOND_DEVICE }),
  ]);
  await rollupHour({ store, hour: HOUR, rules });
  assert.equal(total(await rowsAt(store, hoursKey(HOUR)), 'seconds'), 120);
});

test('selects the same of two different samples with one number, in any order', async () => {
  const one = sampleOf({ keys: { 0: 1 } });
  const other = sampleOf({ keys: { 0: 2 } });
  const bytes = await Promise.all(
    [
      [one, other],
      [other, one],
    ].map(async (samples) => {
      const store = await storeOf(samples);
      await rollupHour({ store, hour: HOUR, rules });
      return Buffer.from(store.objects.get(minutesKey(HOUR)) ?? []).toString('hex');
    }),
  );
  assert.equal(bytes[0], bytes[1]);
});

const sketches = fc.array(
  fc.record({
    minute: fc.integer({ min: 0, max: 3 }),
    from: fc.integer({ min: 0, max: 59 }),
    length: fc.integer({ min: 1, max: 60 }),
    cut: fc.integer({ min: 1, max: 59 }),
    device: fc.constantFrom(DEVICE, SECOND_DEVICE),
    user: fc.constantFrom('ada', 'grace'),
    app: fc.constantFrom('Code', 'zoom', 'Spotify', null),
    keys: fc.option(
      fc.dictionary(fc.integer({ min: 0, max: 59 }).map(String), fc.integer({ min: 0, max: 9 })),
    ),
    distance: fc.option(fc.constantFrom(everySecond(60, { amount: 3 }), { 7: 100 })),
    offsetMin: fc.constantFrom(-210, 0, 60, 330),
  }),
  { maxLength: 12 },
);

/** Different samples, each with a number of its own. */
const samples = sketches.map((list): Sample[] =>
  list.map(({ minute, from, length, cut, ...sketch }, index) => {
    const to = Math.min(60, from + length);
    const windows =
      cut > from && cut < to ? [{ app: sketch.app, untilS: cut }, { app: 'Mail' }] : [{ app: sketch.app }];
    return sampleOf({
      ...sketch,
      seq: index + 1,
      at: `2026-11-20T09:0${minute}`,
      observed: [from, to],
      windows,
    });
  }),
);

test('writes the same bytes for the same samples in any order, with any copies and objects', async () => {
  await fc.assert(
    fc.asyncProperty(samples, fc.infiniteStream(fc.nat()), async (list, chance) => {
      const random = (below: number): number => (chance.next().value ?? 0) % below;
      const once = await storeOf(list);
      const objects: Sample[][] = [[], [], []];
      for (const sample of list) {
        for (let copies = 1 + random(3); copies > 0; copies -= 1) {
          const object = objects[random(3)];
          object?.splice(random(object.length + 1), 0, sample);
        }
      }
      const copied = await storeOf(...objects);
      const first = await rollupHour({ store: once, hour: HOUR, rules });
      const second = await rollupHour({ store: copied, hour: HOUR, rules });
      assert.equal(second.samples, first.samples);
      for (const key of [minutesKey(HOUR), hoursKey(HOUR)]) {
        assert.deepEqual(copied.objects.get(key), once.objects.get(key));
      }
    }),
    { numRuns: 60 },
  );
});

test('loses and invents no second and no keystroke', async () => {
  await fc.assert(
    fc.asyncProperty(samples, async (list) => {
      fc.pre(list.length > 0);
      const store = await storeOf(list);
      const report = await rollupHour({ store, hour: HOUR, rules });
      const minutes = await rowsAt(store, minutesKey(HOUR));
      const hours = await rowsAt(store, hoursKey(HOUR));
      const observed = (who: (sample: Sample) => string): number =>
        new Set(
          list.flatMap((sample) =>
            Array.from(
              { length: sample.to_s - sample.from_s },
              (_, index) => `${who(sample)} ${sample.ts.slice(0, 16)} ${sample.from_s + index}`,
            ),
          ),
        ).size;
      assert.equal(
        total(minutes, 'seconds'),
        observed(({ user_id, device_id }) => `${user_id} ${device_id}`),
      );
      assert.equal(report.observedS, total(minutes, 'seconds'));
      assert.equal(
        total(hours, 'seconds'),
        observed(({ user_id }) => user_id),
      );
      const keys = list.flatMap((sample) => sample.keys ?? []).reduce((sum, figure) => sum + figure, 0);
      assert.equal(total(minutes, 'keys'), keys);
      assert.equal(total(hours, 'keys'), keys);
    }),
    { numRuns: 40 },
  );
});
