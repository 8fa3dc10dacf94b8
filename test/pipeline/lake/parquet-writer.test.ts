import assert from 'node:assert/strict';
import type { Column } from '@kinetrack/schema';
import { ParquetTable, type Row } from '../../../pipeline/lake/parquet-writer.ts';
import { parquetRows } from '../../support/lake/parquet-rows.ts';

const column = (name: string, kind: 'string' | 'int' | 'bigint' | 'timestamp', nullable = false): Column => ({
  name,
  type: { kind },
  nullable,
  description: '',
});
const LAYOUT = {
  columns: [
    column('id', 'int'),
    column('label', 'string', true),
    column('count', 'bigint'),
    column('at', 'timestamp'),
    column('reason', 'string'),
  ],
  orderedBy: ['id'],
  prose: ['reason'],
  together: [],
};

async function written(rows: readonly Row[]): Promise<readonly Record<string, unknown>[]> {
  const table = new ParquetTable(LAYOUT);
  for (const row of rows) {
    table.add(row);
    if (table.isGroupFull) await table.writeGroup();
  }
  assert.equal(table.rows, rows.length);
  return parquetRows(await table.finish());
}

test('returns the added rows over several row groups', async () => {
  const rows = Array.from({ length: 20_000 }, (_, id) => ({
    id,
    label: id % 3 === 0 ? null : `label ${id % 50}`,
    count: id % 7 === 0 ? 2 ** 40 + id : id % 2000,
    at: `2026-11-20T09:${String(id % 60).padStart(2, '0')}:00.000Z`,
    reason: `${'é'.repeat(id % 40)}${id % 100 === 0 ? '📝\u0000' : ''} because of ${id}`,
  }));
  const read = await written(rows);
  assert.equal(read.length, rows.length);
  for (const [index, row] of rows.entries()) {
    const { count, at, ...same } = row;
    const shown = { ...same, count: String(count), at: at.replace('T', ' ').replace('.000Z', '') };
    assert.deepEqual({ ...read[index] }, shown);
  }
});

test('writes a text longer than everything before it', async () => {
  const row = { id: 1, label: null, count: 0, at: '2026-11-20T09:00:00.000Z' };
  const reasons = ['', 'short', '€'.repeat(300_000), 'short again'];
  const read = await written(reasons.map((reason) => ({ ...row, reason })));
  assert.deepEqual(
    read.map(({ reason }) => reason),
    reasons,
  );
});
