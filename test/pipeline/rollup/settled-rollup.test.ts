import assert from 'node:assert/strict';
import { DEFAULT_RULES } from '@kinetrack/schema';
import { hoursKey, minutesKey } from '../../../pipeline/lake/keys.ts';
import { RollupFile } from '../../../pipeline/lake/parquet-reader.ts';
import type { PersonHour } from '../../../pipeline/lake/ports.ts';
import { addTombstone } from '../../../pipeline/lake/tombstones.ts';
import { settledRollup } from '../../../pipeline/rollup/settled-rollup.ts';
import { MemoryObjectStore } from '../../support/lake/memory-object-store.ts';
import { rawObject, rawSampleKey } from '../../support/lake/raw-samples.ts';
import { sampleOf } from '../../support/lake/sample-factory.ts';

const HOUR = { dt: '2026-11-20', hour: '09' };
const PEOPLE = 60;

async function lakeOf(people: number): Promise<MemoryObjectStore> {
  const store = new MemoryObjectStore();
  const samples = Array.from({ length: people }, (_, person) => sampleOf({ user: `person-${person}` }));
  await store.put(rawSampleKey(HOUR, 'samples'), rawObject(samples));
  return store;
}

const request = (store: MemoryObjectStore, index: number, of: number) => ({
  ...{ store, hour: HOUR, rules: DEFAULT_RULES },
  slice: { index, of },
});

/** How often each person stands in the files of a table. */
async function timesOf(store: MemoryObjectStore, table: 'minutes' | 'hours'): Promise<Map<string, number>> {
  const times = new Map<string, number>();
  for (const [key, body] of store.objects) {
    if (!key.startsWith(`rollup/${table}/`)) continue;
    for await (const rows of (await RollupFile.ofBytes(body)).groups(table)) {
      for (const { user_id } of rows) times.set(user_id, (times.get(user_id) ?? 0) + 1);
    }
  }
  return times;
}

for (const [from, to] of [
  [1, 4],
  [2, 8],
  [4, 2],
  [8, 1],
] as const) {
  test(`nobody is missing while ${from} slices become ${to}, and nobody is there twice in the end`, async () => {
    const store = await lakeOf(PEOPLE);
    for (let index = 0; index < from; index += 1) await settledRollup(request(store, index, from));
    const changes: number[] = [];
    const [put, remove] = [store.put.bind(store), store.delete.bind(store)];
    const count = async () =>
      changes.push((await timesOf(store, 'minutes')).size, (await timesOf(store, 'hours')).size);
    store.put = async (key, body) => {
      await put(key, body);
      await count();
    };
    store.delete = async (key) => {
      await remove(key);
      await count();
    };

    for (let index = 0; index < to; index += 1) await settledRollup(request(store, index, to));

    assert.equal(Math.min(...changes), PEOPLE);
    for (const table of ['minutes', 'hours'] as const) {
      const times = await timesOf(store, table);
      assert.deepEqual([...new Set(times.values())], [1]);
      assert.equal(times.size, PEOPLE);
    }
  });
}

test('removes what a concurrent deletion should have removed', async () => {
  const store = await lakeOf(3);
  const stored: (readonly PersonHour[])[] = [];
  const summaries = {
    putHour: async (_: unknown, people: readonly PersonHour[]) => {
      stored.push(people);
      if (stored.length > 1) return;
      // The rollup has read and written; now somebody is deleted, and everything of theirs that is there.
      await addTombstone(store, {
        userId: 'person-1',
        deletedBeforeMs: Date.parse('2026-11-20T12:00:00.000Z'),
        newSalt: () => 'salt',
      });
    },
    deletePerson: () => Promise.resolve(0),
  };

  const report = await settledRollup({ ...request(store, 0, 1), summaries });

  assert.equal(report.hidden, 1);
  assert.deepEqual([...(await timesOf(store, 'minutes')).keys()], ['person-0', 'person-2']);
  assert.deepEqual(
    stored.at(-1)?.map(({ userId, rows }) => [userId, rows.length]),
    [
      ['person-0', 1],
      ['person-2', 1],
      ['person-1', 0],
    ],
  );
  assert.ok(store.objects.has(minutesKey(HOUR)) && store.objects.has(hoursKey(HOUR)));
});
