/**
 * At least once on the way, exactly once in effect. What this rests on: one number of a device is one event, an event
 * has one ts, and delivery puts it by its ts into one hour. So all copies of a sample lie in the same hour, and an
 * hour that counts each number once counts it once at all.
 */
import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { DEFAULT_RULES, type Sample, type UtcHour } from '@kinetrack/schema';
import fc from 'fast-check';
import { hoursKey, minutesKey } from '../../../pipeline/lake/keys.ts';
import { type RollupReport, rollupHour } from '../../../pipeline/rollup/index.ts';
import { MemoryObjectStore } from '../../support/lake/memory-object-store.ts';
import { rawObject, rawSampleKey } from '../../support/lake/raw-samples.ts';
import { anySample } from '../../support/lake/sample-arbitrary.ts';
import { everySecond, SECOND_DEVICE, sampleOf } from '../../support/lake/sample-factory.ts';

const NINE: UtcHour = { dt: '2026-11-20', hour: '09' };
const NEIGHBOURS: readonly UtcHour[] = [
  { dt: '2026-11-20', hour: '08' },
  { dt: '2026-11-20', hour: '10' },
  { dt: '2026-11-21', hour: '09' },
];

const rolledUp = (store: MemoryObjectStore, hour: UtcHour): Promise<RollupReport> =>
  rollupHour({ store, hour, rules: DEFAULT_RULES });

async function rowsOf(store: MemoryObjectStore, hour: UtcHour): Promise<readonly (string | undefined)[]> {
  await rolledUp(store, hour);
  return [minutesKey(hour), hoursKey(hour)].map((key) => {
    const bytes = store.objects.get(key);
    return bytes === undefined ? undefined : Buffer.from(bytes).toString('base64');
  });
}

/** The same event in other words: what a producer, a proxy or a packer may make of a line. */
const FORMS: readonly ((sample: Sample) => string)[] = [
  (sample) => JSON.stringify(sample),
  (sample) => JSON.stringify(Object.fromEntries(Object.entries(sample).reverse())),
  (sample) => JSON.stringify(sample, undefined, 1).replaceAll('\n', ' '),
  (sample) => `  ${JSON.stringify(sample)}\r`,
  (sample) =>
    JSON.stringify(sample).replace(
      /[^\x20-\x7e]/g,
      (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
    ),
];

/** Different samples, each under a number of its own. */
const samples = fc
  .array(anySample, { minLength: 1, maxLength: 20 })
  .map((list) => [...new Map(list.map((sample) => [`${sample.device_id} ${sample.seq}`, sample])).values()]);

interface Copy {
  readonly line: string;
  /** Of the hour: which object, and which gzip member in it. */
  readonly object: number;
  readonly member: number;
}

async function storeOf(copies: readonly Copy[], hours: readonly UtcHour[]): Promise<MemoryObjectStore> {
  const store = new MemoryObjectStore(777);
  for (let object = 0; object < OBJECTS; object += 1) {
    const members = Array.from({ length: MEMBERS }, (_, member) =>
      copies
        .filter((copy) => copy.object === object && copy.member === member)
        .map(({ line }) => `${line}\n`),
    ).filter((lines) => lines.length > 0);
    if (members.length === 0) continue;
    const body = Buffer.concat(members.map((lines) => gzipSync(lines.join(''))));
    for (const hour of hours) await store.put(rawSampleKey(hour, `object-${object}`), body);
  }
  return store;
}

const OBJECTS = 5;
const MEMBERS = 3;

test('copies in any number, order, form, record and object change no byte of the rows', async () => {
  await fc.assert(
    fc.asyncProperty(samples, fc.infiniteStream(fc.nat()), async (list, chance) => {
      const random = (below: number): number => (chance.next().value ?? 0) % below;
      const once = await storeOf(
        list.map((sample) => ({ line: JSON.stringify(sample), object: 0, member: 0 })),
        [NINE],
      );
      const copies: Copy[] = [];
      for (const sample of list) {
        for (let left = 1 + random(9); left > 0; left -= 1) {
          const form = FORMS[random(FORMS.length)] ?? JSON.stringify;
          const copy = { line: form(sample), object: random(OBJECTS), member: random(MEMBERS) };
          copies.splice(random(copies.length + 1), 0, copy);
        }
      }
      const copied = await storeOf(copies, [NINE]);
      assert.deepEqual(await rowsOf(copied, NINE), await rowsOf(once, NINE));
      const report = await rolledUp(copied, NINE);
      assert.deepEqual([report.samples, report.duplicates], [list.length, copies.length - list.length]);
    }),
    { numRuns: 80 },
  );
});

test('copies change no byte if the rows fill several groups', async () => {
  const list = Array.from({ length: 9000 }, (_, index) =>
    sampleOf({
      seq: index + 1,
      user: `person-${index % 150}`,
      at: `2026-11-20T09:${String(Math.floor(index / 150)).padStart(2, '0')}`,
      keys: { [index % 60]: index % 7 },
    }),
  );
  const once = new MemoryObjectStore(1 << 20);
  await once.put(rawSampleKey(NINE, 'all'), rawObject(list));
  const twice = new MemoryObjectStore(1 << 20);
  await twice.put(rawSampleKey(NINE, 'a'), rawObject(list.toReversed().slice(0, 6000)));
  await twice.put(rawSampleKey(NINE, 'b'), rawObject([...list.slice(0, 6000), ...list.slice(100, 200)]));
  assert.deepEqual(await rowsOf(twice, NINE), await rowsOf(once, NINE));
  assert.equal((await rolledUp(twice, NINE)).duplicates, 3100);
});

test('counts a copy in an object of another hour only in its own hour', async () => {
  await fc.assert(
    fc.asyncProperty(samples, async (list) => {
      const lines = list.map((sample) => ({ line: JSON.stringify(sample), object: 0, member: 0 }));
      const once = await storeOf(lines, [NINE]);
      const everywhere = await storeOf(lines, [NINE, ...NEIGHBOURS]);
      assert.deepEqual(await rowsOf(everywhere, NINE), await rowsOf(once, NINE));
      for (const hour of NEIGHBOURS) {
        assert.deepEqual(await rowsOf(everywhere, hour), [undefined, undefined]);
        assert.deepEqual((await rolledUp(everywhere, hour)).malformed, { wrong_hour: list.length });
      }
    }),
    { numRuns: 20 },
  );
});

test('the last moment of an hour and the first of the next are one hour each, in whatever objects they lie', async () => {
  const TEN: UtcHour = { dt: '2026-11-20', hour: '10' };
  const last = sampleOf({ at: '2026-11-20T09:59', observed: [59, 60], keys: { 59: 5 } });
  const first = sampleOf({ seq: 2, at: '2026-11-20T10:00', observed: [0, 1], keys: { 0: 5 } });
  const store = new MemoryObjectStore();
  for (const hour of [NINE, TEN]) await store.put(rawSampleKey(hour, 'both'), rawObject([last, first, last]));
  assert.equal((await rolledUp(store, NINE)).observedS, 1);
  assert.equal((await rolledUp(store, TEN)).observedS, 1);
});

test('of different samples under one number one counts, the same in any order and number of copies', async () => {
  const different = [
    sampleOf({ keys: everySecond(5) }),
    sampleOf({ keys: everySecond(6), offsetMin: -210 }),
    sampleOf({ at: '2026-11-20T09:59', windows: [{ app: 'Mail', untilS: 20 }, { app: null }] }),
    sampleOf({ observed: [10, 20] }),
  ];
  const others = [sampleOf({ seq: 2, device: SECOND_DEVICE }), sampleOf({ seq: 3 })];
  const inOrder = (list: readonly Sample[]) =>
    storeOf(
      list.map((sample, index) => ({ line: JSON.stringify(sample), object: index % OBJECTS, member: 0 })),
      [NINE],
    );
  const expected = await rowsOf(await inOrder([...different, ...others]), NINE);
  await fc.assert(
    fc.asyncProperty(
      fc.shuffledSubarray(different, { minLength: different.length }),
      fc.array(fc.constantFrom(...different, ...others), { maxLength: 9 }),
      async (shuffled, more) => {
        const store = await inOrder([...more, ...shuffled, ...others]);
        assert.deepEqual(await rowsOf(store, NINE), expected);
        assert.equal((await rolledUp(store, NINE)).samples, 3);
      },
    ),
    { numRuns: 40 },
  );
});

test('counts a number for each of two people under whom a device sent it', async () => {
  const samples = [sampleOf({ user: 'ada' }), sampleOf({ user: 'grace' }), sampleOf({ user: 'ada' })];
  const store = new MemoryObjectStore();
  await store.put(rawSampleKey(NINE, 'moved'), rawObject(samples));
  const { samples: counted, duplicates, observedS } = await rolledUp(store, NINE);
  assert.deepEqual({ counted, duplicates, observedS }, { counted: 2, duplicates: 1, observedS: 120 });
});
