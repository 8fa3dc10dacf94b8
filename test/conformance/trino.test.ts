/** On the engine behind Athena, the deployed tables, view and queries give what the local lake gives on DuckDB. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DAYS_VIEW_SQL, lakeTables, quotedColumn } from '@kinetrack/schema';
import * as z from 'zod';
import { NAMED_QUERIES } from '../../pipeline/queries/named.ts';
import { assertSameRows, bothEngines, sorted } from './support/both-engines.ts';
import { TrinoError } from './support/trino-client.ts';

/** Two weeks and a day: queries compare a week with the one before. */
const LAKE = { people: 3, days: 15, anyEvents: 2000 };

const storedView = z.object({
  originalSql: z.string(),
  catalog: z.string(),
  schema: z.string(),
  columns: z.array(z.object({ name: z.string(), type: z.string() })),
});

test('Trino and DuckDB over one lake', async (t) => {
  const { tables, trino, duckdb } = await bothEngines(t, LAKE);

  await t.test('the deployed tables are those of the schema, and the view', () => {
    assert.deepEqual([...tables.keys()].sort(), [...lakeTables.map(({ name }) => name), 'days'].sort());
  });

  for (const table of lakeTables) {
    await t.test(`every column of ${table.name} is read alike`, async () => {
      const names = [...table.columns, ...table.partitions].map(quotedColumn);
      const sql = `SELECT ${names.join(', ')} FROM ${table.name}`;

      const [left, right] = [sorted(await trino(sql)), sorted(await duckdb(sql))];

      assert.ok(left.rows.length > 0, 'the lake has no row in this table');
      assertSameRows(left, right);
    });
  }

  await t.test('a partition is found by its date and hour, and nothing else is read', async () => {
    const sql = `SELECT DISTINCT dt, hour FROM minutes WHERE dt = (SELECT max(dt) FROM hours) AND hour BETWEEN '09' AND '11' ORDER BY 1, 2`;

    assertSameRows(await trino(sql), await duckdb(sql));
  });

  await t.test('the view of the template is read by Trino as it stands', async () => {
    const sql = 'SELECT * FROM days ORDER BY user_id, local_date';

    const answer = await trino(sql);

    assert.ok(answer.rows.length >= LAKE.people);
    assertSameRows(answer, await duckdb(sql));
  });

  await t.test('the view declares the columns and types that Trino finds in its text', async () => {
    const view = viewOf(tables.get('days')?.ViewOriginalText);
    assert.equal(view.originalSql, DAYS_VIEW_SQL);

    const { columns, types } = await trino(`SELECT * FROM (${view.originalSql}) AS days LIMIT 0`);

    assert.deepEqual(
      view.columns,
      columns.map((name, index) => ({ name, type: types[index] })),
    );
  });

  for (const { name, sql } of NAMED_QUERIES) {
    await t.test(`the query ${name} gives the same rows in the same order`, async () => {
      const [left, right] = [await trino(sql), await duckdb(sql)];

      assert.ok(left.rows.length > 0, 'it finds nothing in this lake: the comparison would prove nothing');
      assertSameRows(left, right);
    });
  }

  await t.test('the comparison sees where the engines differ', async () => {
    const sql = 'SELECT 3 / 2 AS half';
    const [left, right] = [await trino(sql), await duckdb(sql)];
    assert.throws(() => assertSameRows(left, right), /row 0 of 1 .*\n {2}Trino {2}\[1\]\n {2}DuckDB \[1.5\]/);
    await assert.rejects(trino('SELECT len([1])'), TrinoError);
  });
});

function viewOf(stored = ''): z.infer<typeof storedView> {
  const base64 = /^\/\* Presto View: (\S+) \*\/$/.exec(stored)?.[1];
  assert.ok(base64 !== undefined, `not in the form in which Athena keeps views: ${stored}`);
  return storedView.parse(JSON.parse(Buffer.from(base64, 'base64').toString()));
}
