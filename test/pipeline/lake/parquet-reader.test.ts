import assert from 'node:assert/strict';
import { DEFAULT_RULES, type HourRow, type MinuteRow, type Sample } from '@kinetrack/schema';
import fc from 'fast-check';
import { hoursKey, minutesKey } from '../../../pipeline/lake/keys.ts';
import { RollupFile, withoutPeople } from '../../../pipeline/lake/parquet-reader.ts';
import { rollupHour } from '../../../pipeline/rollup/index.ts';
import { MemoryObjectStore } from '../../support/lake/memory-object-store.ts';
import { rawObject, rawSampleKey } from '../../support/lake/raw-samples.ts';
import { hourRow } from '../../support/lake/rollup-rows.ts';
import { anySample } from '../../support/lake/sample-arbitrary.ts';
import { everySecond, sampleOf } from '../../support/lake/sample-factory.ts';

const HOUR = { dt: '2026-11-20', hour: '09' };
const FIVE_APPS = ['Code', 'Mail', 'Zoom', 'Slack', 'Notes'].map((app, index) => ({
  app,
  untilS: (index + 1) * 12,
}));

/** A person with an hour of five windows a minute: 300 rows of minutes. */
const busyHour = (person: number): Sample[] =>
  Array.from({ length: 60 }, (_, minute) =>
    sampleOf({
      user: nameOf(person),
      device: `00000000-0000-4000-8000-${String(person).padStart(12, '0')}`,
      seq: minute + 1,
      at: `2026-11-20T09:${String(minute).padStart(2, '0')}`,
      keys: everySecond(minute),
      windows: FIVE_APPS,
    }),
  );
/** Alike in more bytes than bounds of a column have by default. */
const nameOf = (person: number) => `somebody-with-a-long-name-${String(person).padStart(5, '0')}`;

async function filesOf(samples: readonly Sample[], slice = { index: 0, of: 1 }) {
  const store = new MemoryObjectStore();
  await store.put(rawSampleKey(HOUR, 'samples'), rawObject(samples));
  await rollupHour({ store, hour: HOUR, rules: DEFAULT_RULES, slice });
  return {
    minutes: store.objects.get(minutesKey(HOUR, slice.index)),
    hours: store.objects.get(hoursKey(HOUR, slice.index)),
  };
}

async function all<T extends 'minutes' | 'hours'>(table: T, bytes: Uint8Array) {
  const rows: (MinuteRow | HourRow)[] = [];
  for await (const group of (await RollupFile.ofBytes(bytes)).groups(table)) rows.push(...group);
  return rows;
}

test('returns the rows of a minute as they were written', async () => {
  const { minutes, hours } = await filesOf([sampleOf({ keys: everySecond(30) })]);
  const [minute] = await all('minutes', minutes ?? assert.fail());
  assert.equal(minute?.local_hour, 10);
  assert.equal(minute && 'minute' in minute && minute.minute, '2026-11-20T09:10:00.000Z');
  assert.deepEqual(await all('hours', hours ?? assert.fail()), [hourRow({ keys: 30 })]);
});

test('knows which slice a file holds', async () => {
  const { minutes } = await filesOf(
    Array.from({ length: 20 }, (_, person) => sampleOf({ user: nameOf(person) })),
    { index: 1, of: 2 },
  );
  assert.deepEqual((await RollupFile.ofBytes(minutes ?? assert.fail())).slice, { index: 1, of: 2 });
});

test('reads only the row groups that may contain the person', async () => {
  const people = Array.from({ length: 100 }, (_, person) => person);
  const { minutes } = await filesOf(people.flatMap(busyHour));
  const bytes = minutes ?? assert.fail();
  let read = 0;
  const file = await RollupFile.open({
    bytes: bytes.length,
    read: (from, to) => {
      read += to - from;
      return Promise.resolve(bytes.subarray(from, to));
    },
  });
  const footerBytes = read;

  const rows = await file.rowsOf('minutes', nameOf(42));

  assert.equal(rows.length, 300);
  assert.ok(rows.every(({ user_id }) => user_id === nameOf(42)));
  // Four groups; the person stands in one, or in two that they are parted between.
  assert.ok(read - footerBytes < bytes.length * 0.6, `${read - footerBytes} of ${bytes.length} bytes`);
  assert.deepEqual(await file.rowsOf('minutes', 'nobody'), []);
});

test('without some people is byte for byte what a rollup without them writes', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(anySample, { minLength: 1, maxLength: 15 }),
      fc.constantFrom('ada', 'José', 'nobody'),
      async (samples, gone) => {
        const isGone = (user: string) => user === gone || user.length % 2 === 0;
        const files = await filesOf(samples);
        const expected = await filesOf(samples.filter(({ user_id }) => !isGone(user_id)));
        for (const table of ['minutes', 'hours'] as const) {
          const { bytes } = await withoutPeople(table, files[table] ?? assert.fail(), isGone);
          assert.deepEqual(bytes, expected[table]);
        }
      },
    ),
    { numRuns: 40 },
  );
});

test('without some people is the same file over several groups, too', async () => {
  const people = Array.from({ length: 90 }, (_, person) => person);
  const isGone = (user: string) => [nameOf(0), nameOf(27), nameOf(28), nameOf(89)].includes(user);
  const samples = people.flatMap(busyHour);
  const files = await filesOf(samples, { index: 0, of: 1 });
  const expected = await filesOf(samples.filter(({ user_id }) => !isGone(user_id)));
  for (const table of ['minutes', 'hours'] as const) {
    const { removed, bytes } = await withoutPeople(table, files[table] ?? assert.fail(), isGone);
    assert.equal(removed, table === 'minutes' ? 4 * 300 : removed);
    assert.ok(removed > 0);
    assert.deepEqual(bytes, expected[table]);
  }
});

test('keeps a file if nobody is removed, and returns none if everybody is', async () => {
  const { minutes } = await filesOf([sampleOf()]);
  const bytes = minutes ?? assert.fail();
  assert.deepEqual(await withoutPeople('minutes', bytes, () => false), { removed: 0, bytes });
  assert.deepEqual(await withoutPeople('minutes', bytes, () => true), { removed: 1, bytes: undefined });
});
