import assert from 'node:assert/strict';
import { DEFAULT_RULES } from '@kinetrack/schema';
import { hoursKey } from '../../../pipeline/lake/keys.ts';
import { rollupHour } from '../../../pipeline/rollup/index.ts';
import { MemoryObjectStore } from '../../support/lake/memory-object-store.ts';
import { parquetRows } from '../../support/lake/parquet-rows.ts';
import { rawObject, rawSampleKey } from '../../support/lake/raw-samples.ts';
import { sampleOf } from '../../support/lake/sample-factory.ts';

const HOUR = { dt: '2026-11-20', hour: '09' };

test('writes the hours by person, date, hour, application, site and state', async () => {
  const windows = [
    { app: 'Mail' },
    { app: 'Firefox', site: 'Reddit' },
    { app: 'Firefox', site: 'GitHub' },
    {},
  ];
  const samples = ['grace', 'ada'].flatMap((user, person) =>
    windows.map((window, index) =>
      sampleOf({
        user,
        seq: 10 * person + index + 1,
        at: `2026-11-20T09:${10 + 15 * index}`,
        offsetMin: 330,
        windows: [{ ...window, untilS: 30 }, { app: null }],
      }),
    ),
  );
  const store = new MemoryObjectStore();
  await store.put(rawSampleKey(HOUR, 'object'), rawObject(samples));
  await rollupHour({ store, hour: HOUR, rules: DEFAULT_RULES });
  const hours = await parquetRows(store.objects.get(hoursKey(HOUR)) ?? Buffer.alloc(0));
  const ofOne = [
    '14 null null',
    '14 Firefox Reddit',
    '14 Mail null',
    '15 null null',
    '15 Code null',
    '15 Firefox GitHub',
  ];
  assert.deepEqual(
    hours.map(({ user_id, local_hour, app, site }) => `${user_id} ${local_hour} ${app} ${site}`),
    ['ada', 'grace'].flatMap((user) => ofOne.map((row) => `${user} ${row}`)),
  );
});
