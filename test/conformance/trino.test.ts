/** On the engine behind Athena, the deployed tables, view and queries give what the local lake gives on DuckDB. */
import assert from 'node:assert/strict';
import { DAYS_VIEW_SQL, lakeTables, quotedColumn } from '@kinetrack/schema';
import * as z from 'zod';
import { NAMED_QUERIES } from '../../pipeline/queries/named.ts';
import { assertSameRows, type BothEngines, bothEngines, sorted } from './support/both-engines.ts';
import { TrinoError } from './support/trino-client.ts';

/** Two weeks and a day: queries compare a week with the one before. */
const LAKE = { people: 3, days: 15, anyEvents: 2000 };

const storedView = z.object({
  originalSql: z.string(),
  catalog: z.string(),
  schema: z.string(),
  columns: z.array(z.object({ name: z.string(), type: z.string() })),
});

describe('Trino and DuckDB over one lake', () => {
  let engines: BothEngines;
  const trino: BothEngines['trino'] = (sql) => engines.trino(sql);
  const duckdb: BothEngines['duckdb'] = (sql) => engines.duckdb(sql);
  beforeAll(async () => {
    engines = await bothEngines(LAKE);
  });

  it('the deployed tables are those of the schema, and the view', () => {
    assert.deepEqual(
      [...engines.tables.keys()].sort(),
      [...lakeTables.map(({ name }) => name), 'days'].sort(),
    );
  });

  for (const table of lakeTables) {
    it(`every column of ${table.name} is read alike`, async () => {
      const names = [...table.columns, ...table.partitions].map(quotedColumn);
      const sql = `SELECT ${names.join(', ')} FROM ${table.name}`;

      const [left, right] = [sorted(await trino(sql)), sorted(await duckdb(sql))];

      assert.ok(left.rows.length > 0, 'the lake has no row in this table');
      assertSameRows(left, right);
    });
  }

  it('a partition is found by its date and hour, and nothing else is read', async () => {
    const sql = `SELECT DISTINCT dt, hour FROM minutes WHERE dt = (SELECT max(dt) FROM hours) AND hour BETWEEN '09' AND '11' ORDER BY 1, 2`;

    assertSameRows(await trino(sql), await duckdb(sql));
  });

  it('the view of the template is read by Trino unchanged', async () => {
    const sql = 'SELECT * FROM days ORDER BY user_id, local_date';

    const answer = await trino(sql);

    assert.ok(answer.rows.length >= LAKE.people);
    assertSameRows(answer, await duckdb(sql));
  });

  it('the view declares the columns and types that Trino finds in its text', async () => {
    const view = viewOf(engines.tables.get('days')?.ViewOriginalText);
    assert.equal(view.originalSql, DAYS_VIEW_SQL);

    const { columns, types } = await trino(`SELECT * FROM (${view.originalSql}) AS days LIMIT 0`);

    assert.deepEqual(
      view.columns,
      columns.map((name, index) => ({ name, type: types[index] })),
    );
  });

  for (const { name, sql } of NAMED_QUERIES) {
    it(`the query ${name} gives the same rows in the same order`, async () => {
      const [left, right] = [await trino(sql), await duckdb(sql)];

      assert.ok(left.rows.length > 0, 'it finds nothing in this lake: the comparison would prove nothing');
      assertSameRows(left, right);
    });
  }

  it('the comparison detects differences of the engines', async () => {
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
