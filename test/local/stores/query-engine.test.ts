import assert from 'node:assert/strict';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { DEFAULT_RULES, duckdbType, lakeTables, type UtcHour } from '@kinetrack/schema';
import { type DuckDbLake, openLake } from '../../../local/stores/query-engine.ts';
import { minutesKey } from '../../../pipeline/lake/keys.ts';
import { rollupHour } from '../../../pipeline/rollup/index.ts';
import { afterTest } from '../../runner/running-test.ts';
import { MemoryObjectStore } from '../../support/lake/memory-object-store.ts';
import { rawObject, rawSampleKey } from '../../support/lake/raw-samples.ts';
import { everySecond, type MinuteSketch, sampleOf } from '../../support/lake/sample-factory.ts';
import { tempDir } from '../../support/process/temp-dir.ts';

const HOUR = { dt: '2026-11-20', hour: '09' };

/** The samples of one hour with their rollup, as a tree in the folder. */
async function fill(lakeDir: string, sketches: readonly MinuteSketch[], hour: UtcHour = HOUR): Promise<void> {
  const store = new MemoryObjectStore();
  await store.put(rawSampleKey(hour, 'object'), rawObject(sketches.map((sketch) => sampleOf(sketch))));
  await rollupHour({ store, hour, rules: DEFAULT_RULES });
  await store.saveTo(lakeDir);
}

async function open(lakeDir: string): Promise<DuckDbLake> {
  const lake = await openLake({ lakeDir });
  afterTest(() => lake.close());
  return lake;
}

async function emptyLake(): Promise<{ lake: DuckDbLake; lakeDir: string }> {
  const lakeDir = await tempDir();
  return { lake: await open(lakeDir), lakeDir };
}

const typing = { keys: everySecond(30) };

test('answers from an empty lake, and from one that is not there yet, with typed tables', async () => {
  const lake = await open(join(await tempDir(), 'later'));
  for (const table of lakeTables) {
    const { rows } = await lake.query(`DESCRIBE ${table.name}`);
    assert.deepEqual(
      rows.map(([name, type]) => [name, type]),
      [
        ...table.columns.map(({ name, type }) => [name, duckdbType(type)]),
        ...table.partitions.map(({ name }) => [name, 'VARCHAR']),
      ],
    );
    assert.deepEqual((await lake.query(`SELECT count(*) FROM ${table.name}`)).rows, [[0]]);
  }
  assert.deepEqual((await lake.query('SELECT * FROM days')).rows, []);
  assert.deepEqual(await lake.users(), []);
  assert.equal(await lake.span('ada'), undefined);
  assert.deepEqual(await lake.hours('ada', '2026-11-20', '2026-11-20'), []);
});

test('returns the same columns and types for filled and empty tables', async () => {
  const { lake, lakeDir } = await emptyLake();
  const described = async () =>
    Promise.all(['sample', 'minutes', 'hours', 'days'].map((name) => lake.query(`DESCRIBE ${name}`)));
  const before = await described();
  await fill(lakeDir, [typing]);
  assert.equal((await lake.query('SELECT count(*) FROM minutes')).rows[0]?.[0], 1);
  assert.deepEqual(await described(), before);
});

test('reads raw events by envelope and by type, with their partitions', async () => {
  const { lake, lakeDir } = await emptyLake();
  await fill(lakeDir, [typing]);
  const events = await lake.query('SELECT activity_type, dt, hour, seq, user_id FROM events');
  assert.deepEqual(events.rows, [['sample', '2026-11-20', '09', 1, 'ada']]);
  const samples = await lake.query('SELECT segments[1].app, len(keys), distraction_s FROM sample');
  assert.deepEqual(samples.rows, [['Code', 60, 0]]);
});

test('sees objects that come after it was opened', async () => {
  const { lake, lakeDir } = await emptyLake();
  const count = async () => (await lake.query('SELECT count(*) FROM hours')).rows[0]?.[0];
  assert.equal(await count(), 0);
  await fill(lakeDir, [typing]);
  assert.equal(await count(), 1);
  const next = { dt: '2026-11-20', hour: '10' };
  await fill(lakeDir, [{ ...typing, at: '2026-11-20T10:10', seq: 2 }], next);
  assert.equal(await count(), 2);
  await rm(join(lakeDir, 'rollup'), { recursive: true });
  assert.equal(await count(), 0);
});

test('adds up days by state', async () => {
  const { lake, lakeDir } = await emptyLake();
  await fill(lakeDir, [
    typing,
    { seq: 2, at: '2026-11-20T09:11', observed: [0, 50] },
    { seq: 3, at: '2026-11-20T09:12', keys: null, clicks: null, scrolls: null, distance: null },
    { seq: 4, at: '2026-11-20T09:13', windows: [{ app: 'zoom', untilS: 20 }, { app: 'Spotify' }] },
  ]);
  const { columns, rows } = await lake.query('SELECT * FROM days');
  assert.deepEqual(Object.fromEntries(columns.map((name, index) => [name, rows[0]?.[index]])), {
    user_id: 'ada',
    local_date: '2026-11-20',
    observed_s: 230,
    productive_s: 80,
    non_productive_s: 90,
    unknown_s: 60,
    keys: 30,
    clicks: 0,
    scrolls: 0,
    distance_px: 0,
  });
});

test('passes over malformed lines', async () => {
  const { lake, lakeDir } = await emptyLake();
  await fill(lakeDir, [typing]);
  const good = JSON.stringify(sampleOf({ seq: 2 }));
  const path = join(lakeDir, rawSampleKey(HOUR, 'second'));
  await writeFile(path, gzipSync(`{"half\n${good}\n[1]\n"text"\n${good.replace('"seq":2', '"seq":"x"')}\n`));
  assert.deepEqual((await lake.query('SELECT seq FROM sample ORDER BY seq NULLS LAST')).rows, [
    [1],
    [2],
    [null],
  ]);
});

test('omits and names damaged objects, and includes them once they are repaired', async () => {
  const { lake, lakeDir } = await emptyLake();
  await fill(lakeDir, [typing]);
  const raw = join(lakeDir, rawSampleKey(HOUR, 'broken'));
  await writeFile(raw, 'no gzip');
  await writeFile(join(lakeDir, rawSampleKey(HOUR, 'empty')), '');
  const parquet = join(lakeDir, minutesKey({ ...HOUR, hour: '10' }));
  await mkdir(join(parquet, '..'), { recursive: true });
  await writeFile(parquet, 'no parquet either, but long enough to look at');
  assert.deepEqual((await lake.query('SELECT count(*) FROM sample')).rows, [[1]]);
  assert.deepEqual((await lake.query('SELECT count(*) FROM events')).rows, [[1]]);
  assert.equal((await lake.minutes('ada', '2026-11-20')).length, 1);
  assert.deepEqual(
    lake.damagedFiles.map((path) => path.slice(lakeDir.length + 1)).sort(),
    [rawSampleKey(HOUR, 'broken'), rawSampleKey(HOUR, 'empty'), minutesKey({ ...HOUR, hour: '10' })].sort(),
  );
  await writeFile(raw, rawObject([sampleOf({ seq: 2 })]));
  assert.deepEqual((await lake.query('SELECT count(*) FROM sample')).rows, [[2]]);
  assert.ok(!lake.damagedFiles.some((path) => path.endsWith('broken.json.gz')));
});

test('works in a folder whose name holds quotes and wildcards', async () => {
  const lakeDir = join(await tempDir(), "o'brien [old] * ä");
  await fill(lakeDir, [typing]);
  const lake = await open(lakeDir);
  assert.deepEqual((await lake.query('SELECT count(*) FROM sample')).rows, [[1]]);
  assert.deepEqual(await lake.users(), ['ada']);
});

test('answers questions that are asked at the same time', async () => {
  const { lake, lakeDir } = await emptyLake();
  await fill(lakeDir, [typing]);
  const answers = await Promise.all([
    lake.query('SELECT 1 AS one'),
    lake.query('SELECT nonsense FROM days').catch(() => 'refused'),
    lake.users(),
    lake.query('SELECT seconds FROM hours'),
  ]);
  assert.deepEqual(answers, [
    { columns: ['one'], rows: [[1]] },
    'refused',
    ['ada'],
    { columns: ['seconds'], rows: [[60]] },
  ]);
});

test('closes twice, and answers no more', async () => {
  const { lake } = await emptyLake();
  await lake.query('SELECT 1');
  await lake.close();
  await lake.close();
  await assert.rejects(lake.query('SELECT 1'), /the lake is closed/);
});
