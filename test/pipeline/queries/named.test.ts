import assert from 'node:assert/strict';
import { openLake } from '../../../local/stores/query-engine.ts';
import { NAMED_QUERIES, namedQuery } from '../../../pipeline/queries/named.ts';
import { afterTest } from '../../runner/running-test.ts';
import { tempDir } from '../../support/process/temp-dir.ts';

test('every query has a unique name, a description and reading instructions, and no semicolon at the end', () => {
  const names = NAMED_QUERIES.map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
  for (const { name, about, description, sql } of NAMED_QUERIES) {
    assert.match(name, /^[a-z]+(-[a-z]+)*$/);
    assert.match(about, /^[A-Z].*\.$/);
    assert.ok(description.startsWith(`${about} `) && description.length > about.length + 40, name);
    // What Athena takes: https://docs.aws.amazon.com/athena/latest/APIReference/API_CreateNamedQuery.html
    assert.ok(description.length <= 1024 && name.length <= 128 && sql.length <= 262_144, name);
    assert.doesNotMatch(sql, /;\s*$/);
    assert.match(sql, /\nORDER BY [^)]*$/);
  }
});

test('every scan of a table is held to dates by a constant', () => {
  for (const until of [undefined, '2026-11-20']) {
    for (const { name } of NAMED_QUERIES) {
      const sql = (namedQuery(name, { days: 7, until })?.sql ?? '').replace(/^--.*$/gm, '');
      const scans = [
        ...sql.matchAll(/\b(?:FROM|JOIN) (?:events|minutes|hours|[a-z_]*sample|system|scripted_activity)\b/g),
      ];
      assert.ok(scans.length > 0, name);
      for (const { index } of scans) {
        const where =
          /WHERE ([\s\S]*?)(?:\bGROUP BY|\) AS numbered|\n\)|$)/.exec(sql.slice(index))?.[1] ?? '';
        const constant =
          until === undefined
            ? /dt >= CAST\(CAST\(current_date - INTERVAL '\d+' DAY AS date\) AS varchar\)/
            : /dt BETWEEN '2026-11-1[34]' AND '2026-11-2[01]'/;
        assert.match(where, constant, `${name}: ${where}`);
      }
    }
  }
});

test('a period includes its last date, one more UTC day at both ends, and one person if given', () => {
  const sql = namedQuery('weekday', { days: 7, until: '2026-03-01', userId: "o'neill" })?.sql ?? '';
  assert.match(
    sql,
    /WHERE dt BETWEEN '2026-02-22' AND '2026-03-02' AND local_date BETWEEN '2026-02-23' AND '2026-03-01' AND user_id = 'o''neill'\n/,
  );
});

test('a scope that is none is refused with its value and the rule', () => {
  assert.throws(
    () => namedQuery('weekday', { days: 0 }),
    /days is 0; it must be a whole number from 1 to 3660/,
  );
  assert.throws(() => namedQuery('weekday', { days: 1.5 }), RangeError);
  assert.throws(
    () => namedQuery('weekday', { until: '2026-02-30' }),
    /until is "2026-02-30"; it must be a date/,
  );
  assert.throws(() => namedQuery('weekday', { until: "2026-02-03' OR true --" }), RangeError);
  assert.equal(namedQuery('nothing'), undefined);
});

test('every query answers an empty lake with no row, up to today and up to a date', async () => {
  const lake = await openLake({ lakeDir: await tempDir() });
  afterTest(() => lake.close());
  for (const { name, sql } of NAMED_QUERIES) {
    const dated = namedQuery(name, { until: '2026-11-20', userId: 'ada' })?.sql ?? '';
    for (const text of [sql, dated]) assert.deepEqual((await lake.query(text)).rows, [], name);
  }
});
