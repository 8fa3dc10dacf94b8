import assert from 'node:assert/strict';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type DuckDbLake, openLake, QueryError } from '../../../../local/stores/query-engine.ts';
import { afterTest } from '../../../runner/running-test.ts';
import { tempDir } from '../../../support/process/temp-dir.ts';

interface Setup {
  readonly lake: DuckDbLake;
  readonly dir: string;
  readonly lakeDir: string;
}

async function setupOf(): Promise<Setup> {
  const dir = await tempDir();
  const lakeDir = join(dir, 'lake');
  const lake = await openLake({ lakeDir });
  afterTest(() => lake.close());
  return { lake, dir, lakeDir };
}

const refusedAs = (code: QueryError['code'], message: RegExp) => (error: unknown) => {
  assert.ok(error instanceof QueryError);
  assert.equal(error.code, code);
  assert.match(error.message, message);
  return true;
};

test('accepts every form of a SELECT', async () => {
  const { lake } = await setupOf();
  for (const sql of [
    'SELECT 1;',
    '-- a comment\nSELECT 1 -- and another',
    'WITH one AS (SELECT 1) SELECT * FROM one',
    'FROM days',
    'VALUES (1)',
    'SELECT 1 UNION ALL SELECT 2',
    'SHOW TABLES',
    'DESCRIBE minutes',
    'SUMMARIZE hours',
    'EXPLAIN SELECT * FROM minutes',
    'EXPLAIN ANALYZE SELECT * FROM minutes',
    'SELECT * FROM UNNEST(ARRAY[1, 2]) WITH ORDINALITY AS t(x, n)',
    'SELECT app, x.from_s FROM sample CROSS JOIN UNNEST(segments) AS u(x), minutes',
    'SELECT * FROM range(3)',
  ]) {
    await assert.doesNotReject(lake.query(sql), sql);
  }
});

test('refuses whatever would write, set or run something else', async () => {
  const { lake, lakeDir } = await setupOf();
  for (const sql of [
    'CREATE TABLE t (a int)',
    'DROP VIEW minutes',
    'INSERT INTO minutes VALUES (1)',
    `COPY (SELECT 1) TO '${lakeDir}/x.csv'`,
    `ATTACH '${lakeDir}/x.db'`,
    'SET threads = 8',
    'SET VARIABLE a = 1',
    'INSTALL httpfs',
    'LOAD httpfs',
    'PRAGMA enable_profiling',
    "CALL enable_logging('QueryLog')",
    'EXPLAIN ANALYZE CREATE TABLE t (a int)',
    'EXPLAIN EXPLAIN SELECT 1',
    'BEGIN',
  ]) {
    await assert.rejects(lake.query(sql), refusedAs('not_a_select', /the lake is read-only/), sql);
  }
});

test('accepts exactly one statement', async () => {
  const { lake } = await setupOf();
  await assert.rejects(lake.query('SELECT 1; SELECT 2'), refusedAs('not_a_select', /got 2 statements/));
  for (const sql of ['', ' ;\n', '-- nothing']) {
    await assert.rejects(lake.query(sql), refusedAs('not_a_select', /the query is empty/));
  }
});

test('refuses table functions that reach beyond the tables, at any place', async () => {
  const { lake, dir, lakeDir } = await setupOf();
  const secret = join(dir, 'secret.txt');
  await writeFile(secret, 'secret');
  for (const sql of [
    `SELECT * FROM read_text('${secret}')`,
    `SELECT (SELECT content FROM read_text('${lakeDir}/../secret.txt'))`,
    `SELECT 1 WHERE 1 IN (SELECT 1 FROM read_csv('${secret}'))`,
    `WITH x AS (FROM glob('${dir}/*')) SELECT * FROM x`,
    `SELECT * FROM enable_logging('QueryLog', storage = 'file', storage_path = '${lakeDir}/log')`,
    "SELECT * FROM query('SELECT 1')",
    'SELECT * FROM duckdb_settings()',
  ]) {
    await assert.rejects(
      lake.query(sql),
      refusedAs('outside_the_lake', /can only read the tables of the lake/),
      sql,
    );
  }
  assert.deepEqual(await readdir(dir), ['secret.txt']);
});

test('refuses a file that is named like a table', async () => {
  const { lake, dir } = await setupOf();
  const path = join(dir, 'secret.csv');
  await writeFile(path, 'a\n1\n');
  await assert.rejects(lake.query(`SELECT * FROM '${path}'`), refusedAs('outside_the_lake', /days/));
});

test('lists the tables if one does not exist', async () => {
  const { lake } = await setupOf();
  await assert.rejects(
    lake.query('SELECT * FROM minute'),
    refusedAs(
      'unknown_table',
      /^minute: no such table; the tables are events, sample, .*minutes, hours, days$/,
    ),
  );
});

test('shows the position of an error in a query', async () => {
  const { lake } = await setupOf();
  await assert.rejects(lake.query('SELEC 1'), refusedAs('failed', /syntax error at or near "SELEC"/));
  await assert.rejects(
    lake.query('SELECT nonsense FROM days'),
    refusedAs('failed', /"nonsense"[\s\S]*user_id/),
  );
  await assert.rejects(
    lake.query("SELECT CAST('x' AS INTEGER)"),
    refusedAs('failed', /Could not convert string 'x'/),
  );
});

test('says so when a query needs more memory than it may have', async () => {
  const lake = await openLake({ lakeDir: await tempDir(), memoryLimitMb: 20 });
  afterTest(() => lake.close());
  await assert.rejects(
    lake.query('SELECT count(DISTINCT (x, x + 1)) FROM range(5000000) t(x)'),
    refusedAs('failed', /Out of Memory/),
  );
  assert.deepEqual((await lake.query('SELECT 1')).rows, [[1]]);
});
