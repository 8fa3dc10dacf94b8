import assert from 'node:assert/strict';
import {
  BatchWriteItemCommand,
  type DynamoDBClient,
  ScanCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { DEFAULT_RULES, type HourRow } from '@kinetrack/schema';
import fc from 'fast-check';
import { decodeRows, encodeRows } from '../../../aws/stores/summary-items.ts';
import { DynamoSummaryStore } from '../../../aws/stores/summary-store.ts';
import { DynamoSummaries } from '../../../aws/stores/summary-writer.ts';
import { hoursKey } from '../../../pipeline/lake/keys.ts';
import { RollupFile } from '../../../pipeline/lake/parquet-reader.ts';
import type { SummaryWriter } from '../../../pipeline/lake/ports.ts';
import { settledRollup } from '../../../pipeline/rollup/settled-rollup.ts';
import { createTable, type DynamoServer, startDynamo } from '../../support/aws/dynamo-server.ts';
import { RangedMemoryStore } from '../../support/lake/ranged-memory-store.ts';
import { rawObject, rawSampleKey } from '../../support/lake/raw-samples.ts';
import { hourRow } from '../../support/lake/rollup-rows.ts';
import { everySecond, type MinuteSketch, sampleOf } from '../../support/lake/sample-factory.ts';

const NINE = { dt: '2026-11-20', hour: '09' };
const TEN = { dt: '2026-11-20', hour: '10' };
const DAY = ['2026-11-20', '2026-11-20'] as const;

let server: DynamoServer;
beforeAll(async () => {
  server = await startDynamo();
});
afterAll(() => server.close());

const personOf = (userId: string, ...rows: Partial<HourRow>[]) => ({
  userId,
  rows: rows.map((row) => hourRow({ user_id: userId, ...row })),
});

async function setupOf(client: DynamoDBClient = server.client()) {
  const table = await createTable(server.client(), { sortKey: true });
  /** Items that were written, by kind of request. */
  const written: string[] = [];
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const { input } = args as { input: { RequestItems?: Record<string, unknown[]> } };
      const items = input.RequestItems?.[table];
      const count = Array.isArray(items) ? items.length : 1;
      if (/Write|Put|Update|Delete/.test(context.commandName ?? '')) {
        written.push(`${context.commandName?.replace('Command', '')} ${count}`);
      }
      return next(args);
    },
    { step: 'initialize' },
  );
  const waits: number[] = [];
  const wait = (ms: number) => {
    waits.push(ms);
    return Promise.resolve();
  };
  const summaries = new DynamoSummaries({ client, table, retentionDays: 10, wait, random: () => 0.5 });
  const lake = new RangedMemoryStore();
  return {
    ...{ client, table, summaries, written, waits, lake },
    store: new DynamoSummaryStore({ client, table, store: lake }),
    items: async () => (await client.send(new ScanCommand({ TableName: table }))).Items ?? [],
  };
}

describe('DynamoSummaries', () => {
  it('keeps the rows of a person and hour as one item, and who they are', async () => {
    const { summaries, store, items } = await setupOf();
    await summaries.putHour(NINE, [personOf('ada', {}, { app: null, state: 'unknown', keys: 2 ** 40 })]);
    assert.deepEqual(await store.hours('ada', ...DAY), [
      hourRow({ app: null, state: 'unknown', keys: 2 ** 40 }),
      hourRow(),
    ]);
    assert.deepEqual(await store.users(), ['ada']);
    assert.equal((await items()).length, 2);
  });

  it('writes only changes', async () => {
    const { summaries, store, written } = await setupOf();
    const everybody = Array.from({ length: 130 }, (_, person) => personOf(`person-${person}`, {}));
    await summaries.putHour(NINE, everybody);
    written.length = 0;

    await summaries.putHour(NINE, everybody);
    assert.deepEqual(written, []);

    const changed = everybody.map((person) =>
      person.userId === 'person-77' ? personOf('person-77', { seconds: 90 }) : person,
    );
    await summaries.putHour(NINE, changed);
    assert.deepEqual(written, ['BatchWriteItem 1']);
    assert.equal((await store.hours('person-77', ...DAY))[0]?.seconds, 90);
  });

  it('enters a person once a day, however many hours the day has', async () => {
    const { summaries, written } = await setupOf();
    await summaries.putHour(NINE, [personOf('ada', {})]);
    await summaries.putHour(TEN, [personOf('ada', { local_hour: 11 })]);
    await summaries.putHour({ dt: '2026-11-21', hour: '09' }, [
      personOf('ada', { local_date: '2026-11-21' }),
    ]);
    assert.equal(written.filter((request) => request.startsWith('UpdateItem')).length, 2);
  });

  it('lets items go after the retention, people with their last date', async () => {
    const { summaries, items } = await setupOf();
    await summaries.putHour(NINE, [personOf('ada', {})]);
    const expiries = (await items()).map((item) => [item.sk?.S, Number(item.expires_at?.N)]).sort();
    const nine = Date.parse('2026-11-20T09:00:00.000Z') / 1000;
    const afterTheDay = Date.parse('2026-11-22T00:00:00.000Z') / 1000;
    assert.deepEqual(expiries, [
      ['2026-11-20T09', nine + 10 * 86_400],
      ['ada', afterTheDay + 10 * 86_400],
    ]);
  });

  it('removes rows that a person no longer has, and the person with their last hour', async () => {
    const { summaries, store } = await setupOf();
    await summaries.putHour(NINE, [personOf('ada', {}), personOf('grace', {})]);
    await summaries.putHour(TEN, [personOf('ada', { local_hour: 11 })]);
    await summaries.putHour(NINE, [personOf('ada'), personOf('grace')]);
    assert.deepEqual(
      (await store.hours('ada', ...DAY)).map(({ local_hour }) => local_hour),
      [11],
    );
    assert.deepEqual(await store.users(), ['ada']);
  });

  it('forgets everything of one person, and nothing of others', async () => {
    const { summaries, store, items } = await setupOf();
    for (let hour = 0; hour < 24; hour += 1) {
      const utc = { dt: '2026-11-20', hour: String(hour).padStart(2, '0') };
      await summaries.putHour(utc, [personOf('ada', {}), personOf('adam', {}), personOf('ad', {})]);
      await summaries.putHour({ ...utc, dt: '2026-11-19' }, [personOf('ada', {})]);
    }
    assert.equal(await summaries.deletePerson('ada'), 49);
    assert.deepEqual(await store.users(), ['ad', 'adam']);
    assert.equal(await summaries.deletePerson('ada'), 0);
    assert.equal((await items()).length, 50);
  });

  it('keeps rows that are too large for one item in several, and clears them away with the hour', async () => {
    const { summaries, store, items } = await setupOf();
    const random = mixed(7);
    const many = Array.from({ length: 4000 }, (_, index) => ({
      app: `${String(index).padStart(5, '0')} ${Array.from({ length: 200 }, () => random()).join('')}`,
    }));
    await summaries.putHour(NINE, [personOf('ada', ...many)]);
    assert.ok((await items()).length > 2, 'more than one item of rows');
    assert.equal((await store.hours('ada', ...DAY)).length, 4000);
    assert.deepEqual(await store.span('ada'), { first: '2026-11-20', last: '2026-11-20' });

    await summaries.putHour(NINE, [personOf('ada', {})]);
    assert.deepEqual(await store.hours('ada', ...DAY), [hourRow()]);
    assert.equal((await items()).length, 2);
  });

  it('writes again what DynamoDB left undone, each time after a longer wait', async () => {
    const client = server.client();
    let left = 3;
    client.middlewareStack.add(
      (next, context) => async (args) => {
        const result = await next(args);
        if (context.commandName !== BatchWriteItemCommand.name || left === 0) return result;
        left -= 1;
        const { input } = args as { input: { RequestItems: unknown } };
        Object.assign(result.output, { UnprocessedItems: input.RequestItems });
        return result;
      },
      { step: 'initialize' },
    );
    const { summaries, store, waits } = await setupOf(client);
    await summaries.putHour(NINE, [personOf('ada', {})]);
    assert.deepEqual(waits, [37.5, 75, 150]);
    assert.equal((await store.hours('ada', ...DAY)).length, 1);
  });

  it('fails if DynamoDB does not finish', async () => {
    const client = server.client();
    client.middlewareStack.add(
      (next, context) => async (args) => {
        const result = await next(args);
        const { input } = args as { input: { RequestItems?: unknown } };
        if (context.commandName === 'BatchWriteItemCommand') {
          Object.assign(result.output, { UnprocessedItems: input.RequestItems });
        }
        return result;
      },
      { step: 'initialize' },
    );
    const { summaries, waits } = await setupOf(client);
    await assert.rejects(
      summaries.putHour(NINE, [personOf('ada', {})]),
      /1 items were not written in 10 attempts/,
    );
    assert.equal(waits.length, 9);
    assert.ok(Math.max(...waits) <= 5000);
  });
});

describe('rows in an item', () => {
  const label = fc.option(fc.oneof(fc.constantFrom('Code', '', '📝'), fc.string({ unit: 'binary' })));
  const figure = fc.oneof(fc.nat(100), fc.nat(2 ** 31 - 1), fc.constant(2 ** 45));
  const anyRow = fc.record({
    user_id: fc.constant('ada'),
    local_date: fc.constantFrom('2026-11-20', '2026-11-21'),
    local_hour: fc.integer({ min: 0, max: 23 }),
    ...{ app: label, site: label },
    state: fc.constantFrom('productive' as const, 'non_productive' as const, 'unknown' as const),
    seconds: fc.nat(3600),
    ...{ keys: figure, clicks: figure, scrolls: figure, distance_px: figure },
  });

  it('come back as they went in', () => {
    fc.assert(
      fc.property(fc.array(anyRow, { minLength: 1, maxLength: 60 }), (rows) => {
        const { parts } = encodeRows(rows);
        assert.deepEqual(
          parts.flatMap((part) => decodeRows('ada', part)),
          rows.map((row) => ({ ...row })),
        );
      }),
    );
  });

  it('have a digest that any difference changes', () => {
    const digest = encodeRows([hourRow()]).digest;
    for (const other of [{ seconds: 61 }, { app: null }, { local_hour: 11 }, { local_date: '2026-11-21' }]) {
      assert.notEqual(encodeRows([hourRow(other)]).digest, digest);
    }
    assert.equal(encodeRows([hourRow()]).digest, digest);
  });
});

describe('two rollups of one hour at the same time', () => {
  const lay = (lake: RangedMemoryStore, name: string, sketch: MinuteSketch) =>
    lake.put(rawSampleKey(NINE, name), rawObject([sampleOf({ keys: everySecond(20), ...sketch })]));

  /** A writer that lets others go first at its n-th write. */
  function yielding(inner: SummaryWriter, at: number, meanwhile: () => Promise<unknown>): SummaryWriter {
    let writes = 0;
    return {
      putHour: async (hour, people) => {
        writes += 1;
        if (writes === at) await meanwhile();
        return inner.putHour(hour, people);
      },
      deletePerson: (userId) => inner.deletePerson(userId),
    };
  }

  async function assertSettled({ lake, store }: Awaited<ReturnType<typeof setupOf>>, expectedS: number) {
    const file = await RollupFile.ofBytes(lake.objects.get(hoursKey(NINE)) ?? assert.fail());
    for (const user of ['ada', 'grace']) {
      const inLake = await file.rowsOf('hours', user);
      assert.deepEqual(await store.hours(user, ...DAY), inLake, user);
    }
    const seconds = (await store.hours('ada', ...DAY)).reduce((sum, row) => sum + row.seconds, 0);
    assert.equal(seconds, expectedS);
  }

  it('end with what the lake says, though the one that knew less writes last', async () => {
    const setup = await setupOf();
    const { lake, summaries } = setup;
    await lay(lake, 'a', { seq: 1 });
    const request = { store: lake, hour: NINE, rules: DEFAULT_RULES };
    const stale = yielding(summaries, 1, async () => {
      await lay(lake, 'b', { seq: 2, at: '2026-11-20T09:11' });
      await lay(lake, 'c', { seq: 3, user: 'grace' });
      await settledRollup({ ...request, summaries });
    });
    await settledRollup({ ...request, summaries: stale });
    await assertSettled(setup, 120);
  });

  it('end with what the lake says in whatever order their steps come', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), async (scheduler) => {
        const setup = await setupOf();
        const { lake, summaries } = setup;
        await lay(lake, 'a', { seq: 1 });
        const slow: SummaryWriter = {
          putHour: async (hour, people) => {
            await scheduler.schedule(Promise.resolve(), 'before the summaries');
            await summaries.putHour(hour, people);
            await scheduler.schedule(Promise.resolve(), 'after the summaries');
          },
          deletePerson: (userId) => summaries.deletePerson(userId),
        };
        const request = { store: lake, hour: NINE, rules: DEFAULT_RULES, summaries: slow };
        const arrival = async (name: string, sketch: MinuteSketch) => {
          await scheduler.schedule(Promise.resolve(), `arrival of ${name}`);
          await lay(lake, name, sketch);
          await settledRollup(request);
        };
        const runs = [
          settledRollup(request),
          arrival('b', { seq: 2, at: '2026-11-20T09:11' }),
          arrival('c', { seq: 3, at: '2026-11-20T09:12' }),
          arrival('d', { seq: 4, user: 'grace' }),
        ];
        await scheduler.waitFor(Promise.all(runs));
        await assertSettled(setup, 180);
      }),
      { numRuns: 12 },
    );
  });

  it('leave no rows of somebody who was not entered, if one of them dies in between', async () => {
    const client = server.client();
    let dies: boolean = true;
    client.middlewareStack.add(
      (next, context) => (args) => {
        if (dies && context.commandName === UpdateItemCommand.name) throw new Error('killed');
        return next(args);
      },
      { step: 'initialize' },
    );
    const { summaries, store } = await setupOf(client);
    await assert.rejects(summaries.putHour(NINE, [personOf('ada', {})]), /killed/);
    assert.deepEqual(await store.hours('ada', ...DAY), []);
    dies = false;
    await summaries.putHour(NINE, [personOf('ada', {})]);
    assert.deepEqual(await store.users(), ['ada']);
    assert.equal((await store.hours('ada', ...DAY)).length, 1);
  });
});

/** Letters and digits that deflate cannot shorten. */
function mixed(seed: number): () => string {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return String.fromCharCode(0x4e00 + ((state >>> 8) % 20_000));
  };
}
