/** The contract of every SummaryStore, checked against a rollup of the same samples. Registers one suite for the adapter. */
import assert from 'node:assert/strict';
import { DEFAULT_RULES, type HourRow, type MinuteRow, type Sample, utcHourOf } from '@kinetrack/schema';
import fc from 'fast-check';
import { touchedHours } from '../../pipeline/lake/keys.ts';
import { RollupFile } from '../../pipeline/lake/parquet-reader.ts';
import type { SummaryStore } from '../../pipeline/lake/ports.ts';
import { compareMinutes, compareUtf8, mergeHours } from '../../pipeline/lake/row-order.ts';
import { rollupHour } from '../../pipeline/rollup/index.ts';
import { MemoryObjectStore } from '../support/lake/memory-object-store.ts';
import { rawObject, rawSampleKey } from '../support/lake/raw-samples.ts';
import { hourRow, minuteRow } from '../support/lake/rollup-rows.ts';
import {
  DEVICE,
  everySecond,
  type MinuteSketch,
  SECOND_DEVICE,
  sampleOf,
} from '../support/lake/sample-factory.ts';

/** A lake of these samples, with `slices` parts an hour, and the store over it. */
export type MakeSummaryStore = (samples: readonly Sample[], slices: number) => Promise<SummaryStore>;

/** Raw objects of these samples, an object for each. */
export async function rawLakeOf(samples: readonly Sample[]): Promise<MemoryObjectStore> {
  const store = new MemoryObjectStore();
  for (const [index, sample] of samples.entries()) {
    await store.put(rawSampleKey(utcHourOf(sample.ts), `object-${index}`), rawObject([sample]));
  }
  return store;
}

/** Rolls up all of its hours. */
export async function rollUpAll(
  store: MemoryObjectStore,
  slices: number,
  more: Pick<Parameters<typeof rollupHour>[0], 'summaries'> = {},
): Promise<void> {
  for (const hour of touchedHours([...store.objects.keys()])) {
    for (let index = 0; index < slices; index += 1) {
      await rollupHour({ store, hour, rules: DEFAULT_RULES, slice: { index, of: slices }, ...more });
    }
  }
}

const typing = { keys: everySecond(30) };
const samplesOf = (sketches: readonly MinuteSketch[]): Sample[] =>
  sketches.map((sketch, index) => sampleOf({ seq: index + 1, ...sketch }));

export function summaryStoreContract(name: string, makeStore: MakeSummaryStore): void {
  const storeOf = (sketches: readonly MinuteSketch[], slices = 1) => makeStore(samplesOf(sketches), slices);

  describe(`${name} as a summary store`, () => {
    it('names people once, in the order of their bytes', async () => {
      const people = ['grace', 'Zoe', 'ada', 'José', 'grace', '📝'];
      const store = await storeOf(people.map((user) => ({ user })));
      assert.deepEqual(await store.users(), ['Zoe', 'José', 'ada', 'grace', '📝'].sort(compareUtf8));
    });

    it('knows the first and the last date of a person, on their own clock', async () => {
      const store = await storeOf([
        { at: '2026-11-18T09:10' },
        { at: '2026-11-20T23:30' },
        { at: '2026-11-30T09:10', user: 'grace' },
      ]);
      assert.deepEqual(await store.span('ada'), { first: '2026-11-18', last: '2026-11-21' });
      assert.deepEqual(await store.span('grace'), { first: '2026-11-30', last: '2026-11-30' });
    });

    it('finds the first and the last date though they are not in the first and the last hour', async () => {
      const store = await storeOf([
        { at: '2026-11-19T10:00', offsetMin: 840 },
        { at: '2026-11-19T11:00', offsetMin: -720 },
        { at: '2026-11-22T10:00', offsetMin: 840 },
        { at: '2026-11-22T11:00', offsetMin: -720 },
      ]);
      assert.deepEqual(await store.span('ada'), { first: '2026-11-18', last: '2026-11-23' });
    });

    it('has nothing of somebody without rows', async () => {
      const store = await storeOf([{ user: 'ada' }]);
      assert.equal(await store.span('ad'), undefined);
      assert.deepEqual(await store.hours('ad', '2026-11-01', '2026-11-30'), []);
      assert.deepEqual(await store.minutes('ada2', '2026-11-20'), []);
      assert.equal(await store.lastMinute('ad', '2026-11-20'), undefined);
      assert.equal(await store.lastMinute('ada', '2026-11-21'), undefined);
      assert.deepEqual(await store.minute('ad', '2026-11-20T09:10:00.000Z'), []);
      assert.deepEqual(await store.minute('ada', '2026-11-20T09:11:00.000Z'), []);
    });

    it('returns hours and minutes as the rollup wrote them', async () => {
      const store = await storeOf([{ ...typing, at: '2026-11-20T09:10' }]);
      assert.deepEqual(await store.hours('ada', '2026-11-20', '2026-11-20'), [hourRow({ keys: 30 })]);
      assert.deepEqual(await store.minutes('ada', '2026-11-20'), [
        minuteRow({
          keys: 30,
          reason: 'Active: 30 interactions in 60 s (30 keys, 0 clicks, 0 scroll steps); minimum 10.',
          inputs:
            '{"observed_s":60,"keys":30,"clicks":0,"scrolls":0,"distance_px":0,"moving_s":0,"longest_idle_s":30,"distraction_s":0}',
        }),
      ]);
    });

    it("finds a local date's minutes in the UTC days around it", async () => {
      const store = await storeOf([
        { at: '2026-11-19T09:59', offsetMin: 840 },
        { at: '2026-11-19T10:00', offsetMin: 840 },
        { at: '2026-11-20T09:59', offsetMin: 840 },
        { at: '2026-11-20T10:00', offsetMin: 840 },
        { at: '2026-11-20T11:59', offsetMin: -720, user: 'west' },
        { at: '2026-11-21T11:59', offsetMin: -720, user: 'west' },
        { at: '2026-11-21T12:00', offsetMin: -720, user: 'west' },
      ]);
      const minutes = async (user: string) =>
        (await store.minutes(user, '2026-11-20')).map(({ minute, local_hour }) => [
          minute.slice(0, 16),
          local_hour,
        ]);
      assert.deepEqual(await minutes('ada'), [
        ['2026-11-19T10:00', 0],
        ['2026-11-20T09:59', 23],
      ]);
      assert.deepEqual(await minutes('west'), [['2026-11-21T11:59', 23]]);
    });

    it('orders minutes by time, then device, application and site', async () => {
      const store = await storeOf([
        { at: '2026-11-20T09:11' },
        { at: '2026-11-20T09:10', device: SECOND_DEVICE },
        {
          at: '2026-11-20T09:10',
          windows: [{ app: 'Mail', untilS: 5 }, { app: null, untilS: 9 }, { app: 'Code' }],
        },
      ]);
      assert.deepEqual(
        (await store.minutes('ada', '2026-11-20')).map(({ minute, device_id, app }) => [
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

    it('returns the rows of one minute for any local date, and the last minute of a date', async () => {
      const store = await storeOf([
        { at: '2026-11-20T23:30', offsetMin: -300, device: SECOND_DEVICE },
        { at: '2026-11-20T23:30', offsetMin: 60, ...typing },
        { at: '2026-11-20T23:20', offsetMin: -300, device: SECOND_DEVICE, windows: [{ app: null }] },
        { at: '2026-11-20T23:31', offsetMin: 60 },
      ]);
      const rows = await store.minute('ada', '2026-11-20T23:30:00.000Z');
      assert.deepEqual(
        rows.map(({ device_id, local_date }) => [device_id === DEVICE ? 1 : 2, local_date]),
        [
          [1, '2026-11-21'],
          [2, '2026-11-20'],
        ],
      );
      const last = async (date: string) => (await store.lastMinute('ada', date))?.minute.slice(11, 16);
      assert.deepEqual(await Promise.all(['2026-11-20', '2026-11-21'].map(last)), ['23:30', '23:31']);
    });

    it('adds up a local hour that two UTC hours share', async () => {
      const store = await storeOf([
        { ...typing, at: '2026-11-20T09:40', offsetMin: 330 },
        { ...typing, at: '2026-11-20T10:20', offsetMin: 330 },
        { ...typing, at: '2026-11-20T10:30', offsetMin: 330 },
      ]);
      assert.deepEqual(
        (await store.hours('ada', '2026-11-20', '2026-11-20')).map(({ local_hour, seconds, keys }) => [
          local_hour,
          seconds,
          keys,
        ]),
        [
          [15, 120, 60],
          [16, 60, 30],
        ],
      );
    });

    it('includes both ends of a range of dates, and nothing beyond', async () => {
      const days = ['17', '18', '19', '20', '21'];
      const store = await storeOf(days.map((day) => ({ at: `2026-11-${day}T12:00` })));
      const hours = await store.hours('ada', '2026-11-18', '2026-11-20');
      assert.deepEqual(
        hours.map(({ local_date }) => local_date),
        ['2026-11-18', '2026-11-19', '2026-11-20'],
      );
    });

    it('accepts any characters in a name', async () => {
      const users = ["x' OR '1'='1", 'user#ada', '📝 é', 'a/b'];
      const store = await storeOf([...users, 'ada'].map((user) => ({ user })));
      for (const user of users) assert.equal((await store.minutes(user, '2026-11-20')).length, 1);
      assert.deepEqual(await store.hours("ada' --", '2026-11-20', '2026-11-20'), []);
    });

    it('returns the same rows for any number of slices', async () => {
      const sketches = Array.from({ length: 12 }, (_, index) => ({
        user: `person-${index % 6}`,
        at: `2026-11-20T${index < 6 ? '09' : '10'}:0${index % 6}`,
      }));
      const [whole, sliced] = [await storeOf(sketches), await storeOf(sketches, 4)];
      for (const user of await whole.users()) {
        assert.deepEqual(await sliced.minutes(user, '2026-11-20'), await whole.minutes(user, '2026-11-20'));
        const dates = ['2026-11-20', '2026-11-20'] as const;
        assert.deepEqual(await sliced.hours(user, ...dates), await whole.hours(user, ...dates));
      }
      assert.equal((await whole.users()).length, 6);
    });

    it('answers for any samples what the rows of the rollup say', async () => {
      const sketch = fc.record({
        at: fc
          .tuple(fc.constantFrom('19', '20', '21'), fc.constantFrom('00', '09', '23'), fc.nat(59))
          .map(([day, hour, minute]) => `2026-11-${day}T${hour}:${String(minute).padStart(2, '0')}`),
        user: fc.constantFrom('ada', 'grace', 'José'),
        offsetMin: fc.constantFrom(-720, -210, 0, 330, 840),
        windows: fc.constantFrom(
          [{ app: 'Code' }],
          [{ app: 'Zoom', untilS: 20 }, { app: null }],
          [
            { app: 'Firefox', site: 'Reddit', untilS: 30 },
            { app: 'Firefox', site: null },
          ],
        ),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(sketch, { minLength: 1, maxLength: 12 }), async (sketches) => {
          const samples = samplesOf(sketches);
          const written = await writtenRows(samples);
          const store = await makeStore(samples, 2);
          const users = [...new Set(written.minutes.map(({ user_id }) => user_id))].sort(compareUtf8);
          assert.deepEqual(await store.users(), users);
          for (const user of users) {
            const hours = written.hours.filter(({ user_id }) => user_id === user);
            assert.deepEqual(await store.hours(user, '2026-11-18', '2026-11-22'), mergeHours(hours));
            const dates = hours.map(({ local_date }) => local_date).sort(compareUtf8);
            assert.deepEqual(await store.span(user), { first: dates[0], last: dates.at(-1) });
            for (const date of new Set(dates)) {
              const minutes = written.minutes.filter(
                ({ user_id, local_date }) => user_id === user && local_date === date,
              );
              assert.deepEqual(await store.minutes(user, date), minutes.sort(compareMinutes));
              assert.deepEqual(await store.lastMinute(user, date), minutes.at(-1));
            }
            const ofUser = written.minutes.filter(({ user_id }) => user_id === user).sort(compareMinutes);
            for (const minute of new Set(ofUser.map((row) => row.minute))) {
              assert.deepEqual(
                await store.minute(user, minute),
                ofUser.filter((row) => row.minute === minute),
              );
            }
          }
        }),
        { numRuns: 8 },
      );
    });
  });
}

/** Out of the files themselves. */
async function writtenRows(samples: readonly Sample[]) {
  const lake = await rawLakeOf(samples);
  await rollUpAll(lake, 1);
  const rows: { minutes: MinuteRow[]; hours: HourRow[] } = { minutes: [], hours: [] };
  for (const [key, body] of lake.objects) {
    if (!key.startsWith('rollup/')) continue;
    const file = await RollupFile.ofBytes(body);
    if (key.startsWith('rollup/minutes/')) {
      for await (const group of file.groups('minutes')) rows.minutes.push(...group);
    } else for await (const group of file.groups('hours')) rows.hours.push(...group);
  }
  return rows;
}
