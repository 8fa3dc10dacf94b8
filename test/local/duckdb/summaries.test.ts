import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { DEFAULT_RULES, utcHourOf } from '@kinetrack/schema';
import { type DuckDbLake, openLake } from '../../../local/duckdb/index.ts';
import { rollupHour, touchedHours } from '../../../pipeline/rollup/index.ts';
import { MemoryObjectStore } from '../../support/memory-object-store.ts';
import { rawObject, rawSampleKey } from '../../support/raw-samples.ts';
import {
  DEVICE,
  everySecond,
  type MinuteSketch,
  SECOND_DEVICE,
  sampleOf,
} from '../../support/sample-factory.ts';
import { tempDir } from '../../support/temp-dir.ts';

async function lakeOf(context: TestContext, sketches: readonly MinuteSketch[]): Promise<DuckDbLake> {
  const store = new MemoryObjectStore();
  for (const [index, sketch] of sketches.entries()) {
    const sample = sampleOf({ seq: index + 1, ...sketch });
    await store.put(rawSampleKey(utcHourOf(sample.ts), `object-${index}`), rawObject([sample]));
  }
  for (const hour of touchedHours(store.objects.keys()))
    await rollupHour({ store, hour, rules: DEFAULT_RULES });
  const lakeDir = await tempDir(context);
  await store.saveTo(lakeDir);
  const lake = await openLake({ lakeDir });
  context.after(() => lake.close());
  return lake;
}

const typing = { keys: everySecond(30) };

test('names people in ascending order', async (context) => {
  const lake = await lakeOf(context, [{ user: 'grace' }, { user: 'ada' }, { user: 'grace' }]);
  assert.deepEqual(await lake.users(), ['ada', 'grace']);
});

test('knows the first and the last date of a person', async (context) => {
  const lake = await lakeOf(context, [
    { at: '2026-11-18T09:10' },
    { at: '2026-11-20T23:30' },
    { at: '2026-11-30T09:10', user: 'grace' },
  ]);
  assert.deepEqual(await lake.span('ada'), { first: '2026-11-18', last: '2026-11-21' });
  assert.equal(await lake.span('nobody'), undefined);
});

test('gives a minute back as the rollup wrote it', async (context) => {
  const lake = await lakeOf(context, [{ ...typing, at: '2026-11-20T09:10' }]);
  assert.deepEqual(await lake.minutes('ada', '2026-11-20'), [
    {
      user_id: 'ada',
      device_id: DEVICE,
      minute: '2026-11-20T09:10:00.000Z',
      utc_offset_min: 60,
      local_date: '2026-11-20',
      local_hour: 10,
      app: 'Code',
      site: null,
      state: 'productive',
      seconds: 60,
      keys: 30,
      clicks: 0,
      scrolls: 0,
      distance_px: 0,
      rule: 'interaction',
      reason: '30 interactions in 60 s (30 keys, 0 clicks, 0 scroll steps); 10 are enough.',
      inputs:
        '{"observed_s":60,"keys":30,"clicks":0,"scrolls":0,"distance_px":0,"moving_s":0,"longest_idle_s":30,"distraction_s":0}',
      rules_version: 'default-1',
    },
  ]);
});

test("finds a local date's minutes in the UTC days around it", async (context) => {
  const lake = await lakeOf(context, [
    { at: '2026-11-19T10:00', offsetMin: 840 },
    { at: '2026-11-20T09:59', offsetMin: 840 },
    { at: '2026-11-20T10:00', offsetMin: 840 },
    { at: '2026-11-20T11:59', offsetMin: -720, user: 'west' },
    { at: '2026-11-21T11:59', offsetMin: -720, user: 'west' },
    { at: '2026-11-21T12:00', offsetMin: -720, user: 'west' },
  ]);
  const minutes = async (user: string) =>
    (await lake.minutes(user, '2026-11-20')).map(({ minute, local_hour }) => [
      minute.slice(0, 16),
      local_hour,
    ]);
  assert.deepEqual(await minutes('ada'), [
    ['2026-11-19T10:00', 0],
    ['2026-11-20T09:59', 23],
  ]);
  assert.deepEqual(await minutes('west'), [['2026-11-21T11:59', 23]]);
});

test('orders minutes by time, then device and application', async (context) => {
  const lake = await lakeOf(context, [
    { at: '2026-11-20T09:11' },
    { at: '2026-11-20T09:10', device: SECOND_DEVICE },
    {
      at: '2026-11-20T09:10',
      windows: [{ app: 'Mail', untilS: 5 }, { app: null, untilS: 9 }, { app: 'Code' }],
    },
  ]);
  assert.deepEqual(
    (await lake.minutes('ada', '2026-11-20')).map(({ minute, device_id, app }) => [
      minute.slice(14, 16),
      device_id === DEVICE ? 1 : 2,
      app,
    ]),
    [
      ['10', 1, null],
      ['10', 1, 'Code'],
      ['10', 1, 'Mail'],
      ['10', 2, 'Code'],
      ['11', 1, 'Code'],
    ],
  );
});

test('adds up a local hour that two UTC hours share', async (context) => {
  const lake = await lakeOf(context, [
    { ...typing, at: '2026-11-20T09:40', offsetMin: 330 },
    { ...typing, at: '2026-11-20T10:20', offsetMin: 330 },
    { ...typing, at: '2026-11-20T10:30', offsetMin: 330 },
  ]);
  const hours = await lake.hours('ada', '2026-11-20', '2026-11-20');
  assert.deepEqual(
    hours.map(({ local_hour, seconds, keys }) => [local_hour, seconds, keys]),
    [
      [15, 120, 60],
      [16, 60, 30],
    ],
  );
});

test('takes both ends of a range of dates, and nothing beyond', async (context) => {
  const days = ['17', '18', '19', '20', '21'];
  const lake = await lakeOf(
    context,
    days.map((day) => ({ at: `2026-11-${day}T12:00` })),
  );
  const hours = await lake.hours('ada', '2026-11-18', '2026-11-20');
  assert.deepEqual(
    hours.map(({ local_date }) => local_date),
    ['2026-11-18', '2026-11-19', '2026-11-20'],
  );
});

test('takes a name as a name, whatever it holds', async (context) => {
  const user = "x' OR '1'='1";
  const lake = await lakeOf(context, [{ user }, { user: 'ada' }]);
  assert.equal((await lake.minutes(user, '2026-11-20')).length, 1);
  assert.deepEqual(await lake.hours("ada' --", '2026-11-20', '2026-11-20'), []);
});
