/** The deployed tables on Trino and the same lake on DuckDB, to be asked the same. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { openLake } from '../../../local/stores/query-engine.ts';
import type { Cell, QueryResult } from '../../../pipeline/lake/ports.ts';
import { afterTest } from '../../runner/running-test.ts';
import { tempDir } from '../../support/process/temp-dir.ts';
import { type DemoLakeOptions, demoLake } from './demo-lake.ts';
import { glueTables, type TableInput, writeMetastore } from './glue-metastore.ts';
import { synthesized } from './synthesized.ts';
import { askTrino, type TrinoAnswer, TrinoError } from './trino-client.ts';
import { LAKE, startTrino } from './trino-server.ts';

export const DATABASE = 'kinetrack';

export interface BothEngines {
  /** What the templates say, by name; views as well. */
  readonly tables: ReadonlyMap<string, TableInput>;
  trino(sql: string, headers?: Readonly<Record<string, string>>): Promise<TrinoAnswer>;
  duckdb(sql: string): Promise<QueryResult>;
}

/** Starts Trino over a lake of its own; both end with the test. */
export async function bothEngines(options: Omit<DemoLakeOptions, 'dir'>): Promise<BothEngines> {
  const root = await tempDir();
  const dir = join(root, LAKE);
  const { firstDate } = await demoLake({ ...options, dir });
  const stacks = synthesized({ 'kinetrack:firstDate': firstDate, 'kinetrack:databaseName': DATABASE });
  const tables = glueTables(stacks.map(({ template }) => template));
  await writeMetastore(root, DATABASE, tables.values());
  const server = await startTrino(root);
  afterTest(() => server.close());
  await untilItWorks(server.endpoint);
  const lake = await openLake({ lakeDir: dir, memoryLimitMb: 1024 });
  afterTest(() => lake.close());
  return {
    tables,
    trino: (sql, headers) =>
      askTrino(server.endpoint, sql, { schema: DATABASE, ...(headers && { headers }) }),
    duckdb: (sql) => lake.query(sql),
  };
}

const WORKER_MS = 60_000;

/** A started server that has not heard of itself as a worker yet refuses whatever reads a table. */
async function untilItWorks(endpoint: string): Promise<void> {
  for (const deadline = performance.now() + WORKER_MS; ; ) {
    try {
      await askTrino(endpoint, 'SELECT count(*) FROM hours', { schema: DATABASE });
      return;
    } catch (error) {
      const isEarly = error instanceof TrinoError && error.errorName === 'NO_NODES_AVAILABLE';
      if (!isEarly || performance.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}

/** Rows as text, one by one comparable: numbers by value, names of fields and keys in one order. */
export const rowTexts = (rows: QueryResult['rows']): readonly string[] =>
  rows.map((row) => JSON.stringify(row.map(inOrder)));

function inOrder(cell: Cell): Cell {
  if (isList(cell)) return cell.map(inOrder);
  if (cell === null || typeof cell !== 'object') return cell;
  return Object.fromEntries(
    Object.entries(cell)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]): [string, Cell] => [name, inOrder(value)]),
  );
}

const isList = (cell: Cell): cell is readonly Cell[] => Array.isArray(cell);

/** The same columns and the same rows in the same order; the message shows the first rows that differ. */
export function assertSameRows(trino: QueryResult, duckdb: QueryResult): void {
  assert.deepEqual(trino.columns, duckdb.columns);
  const [left, right] = [rowTexts(trino.rows), rowTexts(duckdb.rows)];
  const at = left.findIndex((text, index) => text !== right[index]);
  const first = at === -1 && left.length !== right.length ? Math.min(left.length, right.length) : at;
  assert.equal(
    first,
    -1,
    `row ${first} of ${left.length} (Trino) and ${right.length} (DuckDB)\n  Trino  ${left[first]}\n  DuckDB ${right[first]}`,
  );
}

/** For answers whose order nobody asked for. */
export const sorted = (answer: QueryResult): QueryResult => ({
  ...answer,
  rows: answer.rows
    .map((row) => ({ row, text: rowTexts([row])[0] ?? '' }))
    .sort((a, b) => (a.text < b.text ? -1 : 1))
    .map(({ row }) => row),
});
