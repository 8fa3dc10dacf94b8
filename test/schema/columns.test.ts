import assert from 'node:assert/strict';
import { columnsOf, duckdbType, glueType, lakeTables, minuteRow } from '@kinetrack/schema';
import * as z from 'zod';

const typesOf = (shape: Readonly<Record<string, z.core.$ZodType>>) =>
  columnsOf(shape).map(({ name, type, nullable }) => [name, glueType(type), duckdbType(type), nullable]);

test('derives the types of both engines from one schema', () => {
  assert.deepEqual(
    typesOf({
      text: z.string(),
      small: z.int32().min(0),
      whole: z.int(),
      share: z.number().nullable(),
      yes: z.boolean(),
      kind: z.enum(['a', 'b']),
      id: z.uuid(),
      figures: z.array(z.int32()).nullable(),
      windows: z.array(z.strictObject({ app: z.string().nullable(), from_s: z.int32() })),
      detail: z.record(z.string(), z.string()),
      minute: z.string().meta({ column: 'timestamp' }),
    }),
    [
      ['text', 'string', 'VARCHAR', false],
      ['small', 'int', 'INTEGER', false],
      ['whole', 'bigint', 'BIGINT', false],
      ['share', 'double', 'DOUBLE', true],
      ['yes', 'boolean', 'BOOLEAN', false],
      ['kind', 'string', 'VARCHAR', false],
      ['id', 'string', 'VARCHAR', false],
      ['figures', 'array<int>', 'INTEGER[]', true],
      ['windows', 'array<struct<app:string,from_s:int>>', 'STRUCT(app VARCHAR, from_s INTEGER)[]', false],
      ['detail', 'map<string,string>', 'MAP(VARCHAR, VARCHAR)', false],
      ['minute', 'timestamp', 'TIMESTAMP', false],
    ],
  );
});

test('names the column whose type it does not know', () => {
  assert.throws(
    () => columnsOf({ when: z.date() }),
    /^TypeError: column when: no column type is known for ZodDate/,
  );
});

test('describes every column of the envelope and of the rollups', () => {
  const undescribed = lakeTables.flatMap(({ name, columns }) =>
    columns.filter(({ description }) => description === '').map((column) => `${name}.${column.name}`),
  );
  const known = new Set(undescribed.map((name) => name.split('.')[0]));
  assert.ok(!known.has('minutes') && !known.has('hours') && !known.has('events'));
});

test('keeps table and column names to what both engines take without quotes', () => {
  for (const { name, columns, partitions } of lakeTables) {
    const names = [name, ...[...columns, ...partitions].map((column) => column.name)];
    for (const one of names) assert.match(one, /^[a-z][a-z0-9_]*$/);
    assert.equal(new Set(names.slice(1)).size, names.length - 1, `${name} has no column twice`);
  }
});

test('types a minute as analysts rely on it', () => {
  assert.deepEqual(
    Object.fromEntries(columnsOf(minuteRow.shape).map(({ name, type }) => [name, glueType(type)])),
    {
      user_id: 'string',
      device_id: 'string',
      minute: 'timestamp',
      utc_offset_min: 'int',
      local_date: 'string',
      local_hour: 'int',
      app: 'string',
      site: 'string',
      state: 'string',
      seconds: 'int',
      keys: 'bigint',
      clicks: 'bigint',
      scrolls: 'bigint',
      distance_px: 'bigint',
      rule: 'string',
      reason: 'string',
      inputs: 'string',
      rules_version: 'string',
    },
  );
});
