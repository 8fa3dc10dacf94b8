/** Where figures tip: thresholds, missing capture, two computers, midnight. */
import assert from 'node:assert/strict';
import { ask, lakeOfEvents } from '../../support/lake/query-lake.ts';
import {
  everySecond,
  type MinuteSketch,
  SECOND_DEVICE,
  sampleOf,
} from '../../support/lake/sample-factory.ts';

const DAY = { days: 1, until: '2026-11-20' };
const typing: MinuteSketch = { keys: everySecond(20) };

/** Minutes of 2026-11-20, counted from 08:00 UTC. */
const at = (minute: number): string =>
  new Date(Date.parse('2026-11-20T08:00:00.000Z') + minute * 60_000).toISOString().slice(0, 16);
const typed = (...numbers: readonly number[]) =>
  numbers.map((number) => sampleOf({ ...typing, at: at(number), seq: number + 1 }));
const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, index) => from + index);

test('a focus block survives a pause of two minutes, ends with one of three, and is 25 minutes long', async () => {
  const lake = await lakeOfEvents([
    ...typed(...range(0, 20), ...range(22, 30)),
    // Three minutes later; 24 minutes are too few.
    ...typed(...range(33, 57)),
    ...typed(...range(60, 85)),
  ]);
  assert.deepEqual(
    (await ask(lake, 'focus-blocks', DAY)).map(({ begins, ends, length_min, productive_min }) => [
      begins,
      ends,
      length_min,
      productive_min,
    ]),
    [
      ['09:00', '09:30', 30, 28],
      ['10:00', '10:25', 25, 25],
    ],
  );
});

test('a break begins with 15 minutes', async () => {
  const lake = await lakeOfEvents(typed(0, 15, 31));
  assert.deepEqual(await ask(lake, 'working-day', DAY), [
    {
      ...{
        user_id: 'ada',
        local_date: '2026-11-20',
        first_activity: '09:00',
        last_activity: '09:31',
        span_min: 32,
      },
      ...{ active_min: 3, breaks: 1, breaks_min: 15, longest_break_min: 15 },
    },
  ]);
});

test('minutes in which no input is captured are no idle minutes', async () => {
  const blind = { keys: null, clicks: null, scrolls: null, distance: null, idleAtStartS: null };
  const lake = await lakeOfEvents([
    ...typed(0),
    sampleOf({ at: at(1), seq: 2 }),
    sampleOf({ ...blind, at: at(2), seq: 3 }),
    sampleOf({ ...blind, at: at(3), seq: 4, user: 'grace' }),
  ]);
  assert.deepEqual(await ask(lake, 'activity-level', DAY), [
    {
      user_id: 'ada',
      local_date: '2026-11-20',
      observed_min: 3,
      active_min: 1,
      meeting_min: 0,
      activity_level: 0.5,
    },
    {
      user_id: 'grace',
      local_date: '2026-11-20',
      observed_min: 1,
      active_min: 0,
      meeting_min: 0,
      activity_level: null,
    },
  ]);
  assert.equal((await ask(lake, 'productive-share', { ...DAY, userId: 'grace' }))[0]?.productive_share, null);
});

test('two computers at once are one minute of one person', async () => {
  const lake = await lakeOfEvents([
    ...typed(0),
    sampleOf({ ...typing, at: at(0), device: SECOND_DEVICE, seq: 1 }),
  ]);
  assert.deepEqual(
    (await ask(lake, 'interaction-intensity', DAY)).map(({ active_min, keys_per_h }) => [
      active_min,
      keys_per_h,
    ]),
    [[1, 2400]],
  );
  assert.equal((await ask(lake, 'productive-share', DAY))[0]?.observed_h, 0.02);
});

test("a period is one of the person's own dates, wherever they are", async () => {
  const lake = await lakeOfEvents([
    sampleOf({ ...typing, at: '2026-11-19T10:30', offsetMin: 840, user: 'kiritimati', seq: 1 }),
    sampleOf({ ...typing, at: '2026-11-21T11:30', offsetMin: -720, user: 'baker', seq: 2 }),
    sampleOf({ ...typing, at: '2026-11-20T10:30', offsetMin: 840, user: 'tomorrow', seq: 3 }),
    sampleOf({ ...typing, at: '2026-11-20T11:30', offsetMin: -720, user: 'yesterday', seq: 4 }),
  ]);
  assert.deepEqual(
    (await ask(lake, 'productive-share', DAY)).map(({ user_id, local_date }) => [user_id, local_date]),
    [
      ['baker', '2026-11-20'],
      ['kiritimati', '2026-11-20'],
    ],
  );
});

test('a week without a row ends the comparison', async () => {
  const on = (date: string, seq: number) => sampleOf({ ...typing, at: `${date}T09:00`, seq });
  const lake = await lakeOfEvents([
    on('2026-11-02', 1),
    on('2026-11-08', 2),
    on('2026-11-09', 3),
    on('2026-11-23', 4),
  ]);
  assert.deepEqual(
    (await ask(lake, 'week-over-week', { until: '2026-11-23' })).map(({ week, days, change_share }) => [
      week,
      days,
      change_share,
    ]),
    [
      ['2026-11-02', 2, null],
      ['2026-11-09', 1, 0],
      ['2026-11-23', 1, null],
    ],
  );
});
