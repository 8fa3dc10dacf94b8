import assert from 'node:assert/strict';
import { openLake } from '../../../../local/stores/query-engine.ts';
import type { Cell } from '../../../../pipeline/lake/ports.ts';
import { afterTest } from '../../../runner/running-test.ts';
import { tempDir } from '../../../support/process/temp-dir.ts';

async function valuesOf(...expressions: readonly string[]): Promise<readonly Cell[]> {
  const lake = await openLake({ lakeDir: await tempDir() });
  afterTest(() => lake.close());
  return (await lake.query(`SELECT ${expressions.join(', ')}`)).rows[0] ?? [];
}

test("knows Athena's functions by their names", async () => {
  const cases: readonly (readonly [string, Cell])[] = [
    ["regexp_like('Code - main.ts', '\\.ts$')", true],
    ['json_extract_scalar(\'{"a":{"b":"c"}}\', \'$.a.b\')', 'c'],
    ['from_unixtime(1.5)', '1970-01-01 00:00:01.500'],
    ["to_unixtime(TIMESTAMP '2026-11-20 09:10:00')", 1795165800],
    ["day_of_week(DATE '2026-11-22')", 7],
    ["day_of_week(DATE '2026-11-23')", 1],
    ['cardinality(ARRAY[1, 2])', 2],
    ['element_at(ARRAY[7, 8], 2)', 8],
    ['element_at(ARRAY[7, 8], 3)', null],
    ["array_join(ARRAY['a', 'b'], '-')", 'a-b'],
    ['array_remove(ARRAY[0, 5, 0, 7], 0)', [5, 7]],
    ['array_remove(ARRAY[0, NULL, 7], 0)', [null, 7]],
    ['array_remove(CAST(NULL AS integer[]), 0)', null],
    ['sequence(1, 3)', [1, 2, 3]],
    ['sequence(1, 6, 2)', [1, 3, 5]],
    ["date_add('hour', 2, TIMESTAMP '2026-11-20 23:30:00')", '2026-11-21 01:30:00.000'],
    ["date_add('month', -1, TIMESTAMP '2026-03-31 00:00:00')", '2026-02-28 00:00:00.000'],
    ["date_diff('minute', TIMESTAMP '2026-11-20 09:00:00', TIMESTAMP '2026-11-20 10:30:00')", 90],
    ["at_timezone(TIMESTAMPTZ '2026-11-20 09:00:00+00', 'Asia/Kolkata')", '2026-11-20 14:30:00.000'],
    ["try_cast('x' AS integer)", null],
  ];
  const values = await valuesOf(...cases.map(([expression]) => expression));
  assert.deepEqual(
    cases.map(([expression], index) => [expression, values[index]]),
    cases,
  );
});

test('aggregates under the names that Athena has', async () => {
  const lake = await openLake({ lakeDir: await tempDir() });
  afterTest(() => lake.close());
  const { rows } = await lake.query(
    `SELECT approx_distinct(x), approx_percentile(x, 0.5), map_agg(k, x), max_by(k, x), count_if(x > 1),
       bitwise_or_agg(x)
     FROM (VALUES ('a', 1), ('b', 2), ('c', 3)) AS t(k, x)`,
  );
  assert.deepEqual(rows, [[3, 2, { a: 1, b: 2, c: 3 }, 'c', 2, 3]]);
});

test('lists the units of date_add if another one is used', async () => {
  await assert.rejects(valuesOf("date_add('fortnight', 1, TIMESTAMP '2026-11-20 00:00:00')"), /day, week/);
});

test('turns values into cells without rounding them', async () => {
  const cases: readonly (readonly [string, Cell])[] = [
    ['CAST(9007199254740991 AS bigint)', 9007199254740991],
    ['CAST(9007199254740993 AS bigint)', '9007199254740993'],
    ['sum(CAST(2 AS bigint))', 2],
    ['CAST(1.25 AS decimal(10, 2))', 1.25],
    ['CAST(12345678901234567.25 AS decimal(20, 2))', '12345678901234567.25'],
    ["CAST('nan' AS double)", 'NaN'],
    ["DATE '2026-11-20'", '2026-11-20'],
    ["TIMESTAMP '2026-11-20 09:10:11.5'", '2026-11-20 09:10:11.500'],
    ["{'app': 'Code', 's': [1, NULL]}", { app: 'Code', s: [1, null] }],
    ["MAP {'a': 1}", { a: 1 }],
    ['NULL', null],
    ['true', true],
  ];
  const values = await valuesOf(...cases.map(([expression]) => expression));
  assert.deepEqual(
    cases.map(([expression], index) => [expression, values[index]]),
    cases,
  );
});
