import assert from 'node:assert/strict';
import { DEFAULT_RULES } from '@kinetrack/schema';
import { DynamoSummaryStore } from '../../../aws/stores/summary-store.ts';
import { DynamoSummaries } from '../../../aws/stores/summary-writer.ts';
import { minutesKey } from '../../../pipeline/lake/keys.ts';
import type { RangedObject } from '../../../pipeline/lake/ports.ts';
import { sliceOf } from '../../../pipeline/lake/slices.ts';
import { rollupHour } from '../../../pipeline/rollup/index.ts';
import { rawLakeOf, rollUpAll, summaryStoreContract } from '../../contract/summary-store-contract.ts';
import { createTable, type DynamoServer, startDynamo } from '../../support/aws/dynamo-server.ts';
import { RangedMemoryStore } from '../../support/lake/ranged-memory-store.ts';
import { everySecond, SECOND_DEVICE, sampleOf } from '../../support/lake/sample-factory.ts';

let server: DynamoServer;
beforeAll(async () => {
  server = await startDynamo();
});
afterAll(() => server.close());

async function setupOf(samples: Parameters<typeof rawLakeOf>[0], slices: number) {
  const client = server.client();
  const table = await createTable(client, { sortKey: true });
  const lake = await rawLakeOf(samples);
  const writer = new DynamoSummaries({
    ...{ client, table, retentionDays: 400 },
    ...{ wait: () => Promise.resolve(), random: () => 0 },
  });
  await rollUpAll(lake, slices, { summaries: writer });
  const store = RangedMemoryStore.over(lake);
  return { lake: store, summaries: new DynamoSummaryStore({ client, table, store }) };
}

summaryStoreContract(
  'DynamoSummaryStore',
  async (samples, slices) => (await setupOf(samples, slices)).summaries,
);

const NINE = { dt: '2026-11-20', hour: '09' };
const TEN = { dt: '2026-11-20', hour: '10' };

describe('DynamoSummaryStore and the files of the lake', () => {
  it('opens the part of the person, in those hours that have rows of the date', async () => {
    const samples = [
      sampleOf({ seq: 1, at: '2026-11-19T09:00' }),
      sampleOf({ seq: 2, at: '2026-11-20T09:00' }),
      sampleOf({ seq: 3, at: '2026-11-20T10:00', user: 'grace' }),
      ...Array.from({ length: 30 }, (_, person) => sampleOf({ user: `person-${person}` })),
    ];
    const { lake, summaries } = await setupOf(samples, 4);
    assert.equal((await summaries.minutes('ada', '2026-11-20')).length, 1);
    assert.deepEqual(lake.opened, [minutesKey(NINE, sliceOf('ada', 4))]);
  });

  it('lists an hour once, and then knows the location of the next one', async () => {
    const samples = ['08', '09', '10', '11'].flatMap((hour) =>
      ['ada', 'bob', 'cleo', 'dan'].map((user) => sampleOf({ user, at: `2026-11-20T${hour}:00` })),
    );
    const { lake, summaries } = await setupOf(samples, 2);
    const list = lake.list.bind(lake);
    let listed = 0;
    lake.list = (prefix) => {
      listed += 1;
      return list(prefix);
    };
    const [first] = await summaries.minute('ada', '2026-11-20T08:00:00.000Z');
    assert.deepEqual([first?.user_id, listed], ['ada', 1]);
    for (const user of ['ada', 'bob', 'cleo', 'dan']) {
      assert.equal((await summaries.minutes(user, '2026-11-20')).length, 4, user);
    }
    assert.equal(listed, 1);
  });

  it('finds everybody if hours have different numbers of parts', async () => {
    const users = ['a', 'b', 'c', 'd', 'e', 'f'];
    const samples = ['08', '09', '10'].flatMap((hour) =>
      users.map((user) => sampleOf({ user, at: `2026-11-20T${hour}:00` })),
    );
    const { lake, summaries } = await setupOf(samples, 4);
    for (const [hour, of] of [
      ['08', 1],
      ['10', 2],
    ] as const) {
      for (let index = 0; index < of; index += 1) {
        await rollupHour({
          ...{ store: lake, hour: { dt: '2026-11-20', hour }, rules: DEFAULT_RULES, slice: { index, of } },
        });
      }
    }
    for (const user of [...users, ...users]) {
      assert.equal((await summaries.minutes(user, '2026-11-20')).length, 3, user);
    }
  });

  it('opens only the last hour of a date for its last minute', async () => {
    const { lake, summaries } = await setupOf(
      ['08', '09', '10'].map((hour) => sampleOf({ at: `2026-11-20T${hour}:00` })),
      1,
    );
    assert.equal((await summaries.lastMinute('ada', '2026-11-20'))?.minute, '2026-11-20T10:00:00.000Z');
    assert.deepEqual(lake.opened, [minutesKey(TEN)]);
  });

  it('leaves out an idle device whose every second another covers on another date, but not in its minute', async () => {
    const at = '2026-11-20T23:30';
    const { summaries } = await setupOf(
      [
        sampleOf({ at, device: SECOND_DEVICE, offsetMin: 60, idleAtStartS: 3600 }),
        sampleOf({ at, offsetMin: -300, keys: everySecond(30) }),
      ],
      1,
    );
    assert.equal((await summaries.minutes('ada', '2026-11-20')).length, 1);
    assert.deepEqual(await summaries.minutes('ada', '2026-11-21'), []);
    assert.equal((await summaries.minute('ada', `${at}:00.000Z`)).length, 2);
  });

  it('finds the person if parts of an hour are missing because nobody is in them', async () => {
    for (const user of ['a', 'b', 'c', 'd', 'e', 'f']) {
      const { summaries } = await setupOf([sampleOf({ user })], 8);
      assert.equal((await summaries.minutes(user, '2026-11-20')).length, 1, user);
    }
  });

  it('begins again with a file that is replaced while it is read', async () => {
    const { lake, summaries } = await setupOf([sampleOf()], 1);
    const key = minutesKey(NINE);
    const open = lake.openRanged.bind(lake);
    let replaced = 0;
    lake.openRanged = async (asked): Promise<RangedObject> => {
      const object = await open(asked);
      if (replaced === 0) lake.objects.set(key, Buffer.from(lake.objects.get(key) ?? assert.fail()));
      replaced += 1;
      return object;
    };
    assert.equal((await summaries.minutes('ada', '2026-11-20')).length, 1);
    assert.equal(replaced, 2);
  });

  it('has the hours of a person whose minutes have expired', async () => {
    const { lake, summaries } = await setupOf([sampleOf()], 1);
    lake.objects.delete(minutesKey(NINE));
    lake.objects.delete(minutesKey(TEN));
    assert.equal((await summaries.hours('ada', '2026-11-20', '2026-11-20')).length, 1);
    assert.deepEqual(await summaries.minutes('ada', '2026-11-20'), []);
  });
});
