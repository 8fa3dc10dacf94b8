import assert from 'node:assert/strict';
import { DEFAULT_RULES, type Sample } from '@kinetrack/schema';
import fc from 'fast-check';
import { hoursKey, minutesKey } from '../../../pipeline/lake/keys.ts';
import { compareText } from '../../../pipeline/lake/row-order.ts';
import { InvalidSlice, sliceOf, sliceOfBytes, slicesSplitFrom } from '../../../pipeline/lake/slices.ts';
import { type RollupReport, rollupHour } from '../../../pipeline/rollup/index.ts';
import { MemoryObjectStore } from '../../support/lake/memory-object-store.ts';
import { parquetRows } from '../../support/lake/parquet-rows.ts';
import { rawObject, rawSampleKey } from '../../support/lake/raw-samples.ts';
import { anySample } from '../../support/lake/sample-arbitrary.ts';
import { everySecond, sampleOf } from '../../support/lake/sample-factory.ts';

const HOUR = { dt: '2026-11-20', hour: '09' };
const rules = DEFAULT_RULES;

async function storeOf(samples: readonly object[], noise: readonly string[] = []) {
  const store = new MemoryObjectStore();
  await store.put(rawSampleKey(HOUR, 'samples'), rawObject(samples));
  await store.put(rawSampleKey(HOUR, 'noise'), rawObject(noise.map((text) => ({ text }))));
  return store;
}

async function rowsIn(store: MemoryObjectStore, parts: number): Promise<string[]> {
  const rows: string[] = [];
  for (let part = 0; part < parts; part += 1) {
    for (const key of [minutesKey(HOUR, part), hoursKey(HOUR, part)]) {
      const file = store.objects.get(key);
      if (file !== undefined) rows.push(...(await parquetRows(file)).map((row) => JSON.stringify(row)));
    }
  }
  return rows.sort(compareText);
}

async function slices(store: MemoryObjectStore, of: number): Promise<readonly RollupReport[]> {
  const reports: RollupReport[] = [];
  for (let index = 0; index < of; index += 1) {
    reports.push(await rollupHour({ store, hour: HOUR, rules, slice: { index, of } }));
  }
  return reports;
}

const peopleOf = (count: number): Sample[] =>
  Array.from({ length: count }, (_, person) =>
    sampleOf({
      user: `person-${person}`,
      device: `00000000-0000-4000-8000-${String(person).padStart(12, '0')}`,
      keys: everySecond(20),
    }),
  );

test('deals people out by a hash that is the same for ever', () => {
  const dealt = ['ada', 'grace', 'José', '📝', 'person-4711'].map((user) => sliceOf(user, 256));
  assert.deepEqual(dealt, [14, 99, 220, 61, 83]);
  assert.equal(sliceOf('ada', 1), 0);
});

test('deals people out evenly', () => {
  const counts = new Array<number>(16).fill(0);
  for (let person = 0; person < 16_000; person += 1) {
    const index = sliceOf(`person-${String(person).padStart(6, '0')}@example.org`, 16);
    counts[index] = (counts[index] ?? 0) + 1;
  }
  assert.ok(Math.min(...counts) > 880 && Math.max(...counts) < 1120, counts.join(' '));
});

test('finds the slice of a name in its bytes as well', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (user) => {
      const bytes = Buffer.from(` ${user} `);
      assert.equal(sliceOfBytes(bytes, 1, bytes.length - 1, 64), sliceOf(user, 64));
    }),
  );
});

test('may have people of those slices in its part that were cut from it', () => {
  const heirs = (index: number, of: number) => slicesSplitFrom({ index, of }).map((heir) => heir.index);
  assert.deepEqual(heirs(0, 4), [1, 2, 3]);
  assert.deepEqual(heirs(1, 8), [3, 5, 7]);
  assert.deepEqual(heirs(3, 8), [7]);
  assert.deepEqual(heirs(0, 1), []);
  for (const { user_id } of peopleOf(100)) {
    const [before, now] = [sliceOf(user_id, 2), sliceOf(user_id, 8)];
    assert.ok(before === now || heirs(before, 8).includes(now));
  }
});

test('refuses a slice that there is not, with the rule', async () => {
  const store = new MemoryObjectStore();
  for (const slice of [
    { index: 0, of: 3 },
    { index: 4, of: 4 },
    { index: -1, of: 2 },
    { index: 0, of: 512 },
  ]) {
    await assert.rejects(
      rollupHour({ store, hour: HOUR, rules, slice }),
      (error) => error instanceof InvalidSlice && /power of two from 1 to 256/.test(error.message),
    );
  }
});

test('returns exactly the rows of the whole in all slices together', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(anySample, { minLength: 1, maxLength: 12 }),
      fc.constantFrom(2, 4, 8),
      async (samples, of) => {
        const whole = await storeOf(samples);
        const sliced = await storeOf(samples);
        const report = await rollupHour({ store: whole, hour: HOUR, rules });
        const reports = await slices(sliced, of);
        assert.deepEqual(await rowsIn(sliced, of), await rowsIn(whole, 1));
        const sum = (name: 'samples' | 'duplicates' | 'observedS' | 'minuteRows' | 'hourRows') =>
          reports.reduce((total, each) => total + each[name], 0);
        for (const name of ['samples', 'duplicates', 'observedS', 'minuteRows', 'hourRows'] as const) {
          assert.equal(sum(name), report[name], name);
        }
      },
    ),
    { numRuns: 25 },
  );
});

test('reports an invalid line once, in any slice', async () => {
  const good = sampleOf();
  const broken = Array.from({ length: 40 }, (_, person) => ({ ...good, user_id: `p-${person}`, seq: 0 }));
  const store = await storeOf([...broken, good], ['nobody stands in these lines', 'twice']);
  const reports = await slices(store, 4);
  const reported = reports.map(({ malformed }) => malformed);
  assert.equal(
    reported.reduce((sum, { no_identity = 0 }) => sum + no_identity, 0),
    40,
  );
  assert.deepEqual(
    reported.map(({ not_a_sample = 0 }) => not_a_sample),
    [2, 0, 0, 0],
  );
});

test('puts each person into the part that their name says', async () => {
  const store = await storeOf(peopleOf(60));
  await slices(store, 4);
  for (let part = 0; part < 4; part += 1) {
    const rows = await parquetRows(store.objects.get(minutesKey(HOUR, part)) ?? assert.fail());
    assert.ok(rows.length > 5);
    for (const { user_id } of rows) assert.equal(sliceOf(String(user_id), 4), part);
  }
});

test('removes files of a layout with more slices, and removes no person before the new file has them', async () => {
  const store = await storeOf(peopleOf(60));
  await slices(store, 8);
  const whole = await storeOf(peopleOf(60));
  await rollupHour({ store: whole, hour: HOUR, rules });
  const expected = await rowsIn(whole, 1);

  const before = new Set(expected);
  const put = store.put.bind(store);
  const remove = store.delete.bind(store);
  const nobodyMissing = async () => assert.equal(new Set(await rowsIn(store, 8)).size, before.size);
  store.put = async (key, body) => {
    await put(key, body);
    await nobodyMissing();
  };
  store.delete = async (key) => {
    await remove(key);
    await nobodyMissing();
  };
  await slices(store, 2);

  const parts = [...store.objects.keys()].filter((key) => key.startsWith('rollup/minutes/'));
  assert.deepEqual(parts.sort(compareText), [minutesKey(HOUR, 0), minutesKey(HOUR, 1)]);
  assert.deepEqual(await rowsIn(store, 8), expected);
});
