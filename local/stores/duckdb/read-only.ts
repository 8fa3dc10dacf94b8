/**
 * Accepts only queries that read tables of the lake: one SELECT, or EXPLAIN of one.
 *
 * DuckDB's own parser recognizes them: `json_serialize_sql` accepts only SELECT. That is not enough:
 * `SELECT * FROM enable_logging(storage_path = ...)` writes files and can end the process. Therefore table
 * functions must be on a list.
 */
import type { DuckDBConnection } from '@duckdb/node-api';
import { isRecord } from '@kinetrack/schema';
import { QueryError } from './query-error.ts';

/** Table functions that only use their arguments. */
const TABLE_FUNCTIONS: ReadonlySet<unknown> = new Set([
  ...['unnest', 'range', 'generate_series', 'repeat', 'json_each', 'json_tree'],
]);

/** `EXPLAIN ANALYZE` executes the query after it, so that query must be a SELECT too. */
const EXPLAIN = /^\s*EXPLAIN(\s+ANALYZE)?\s+/i;

/** @throws QueryError unless the SQL is one SELECT */
export async function requireSelect(connection: DuckDBConnection, sql: string): Promise<void> {
  const reader = await connection.runAndReadAll('SELECT json_serialize_sql(CAST($1 AS VARCHAR))', [
    sql.replace(EXPLAIN, ''),
  ]);
  const tree: unknown = JSON.parse(String(reader.getRowsJson()[0]?.[0]));
  if (!isRecord(tree)) throw new QueryError('failed', 'DuckDB returned no syntax tree for this query');
  if (tree.error === true) throw refusal(sql, tree);

  const statements = Array.isArray(tree.statements) ? tree.statements : [];
  if (statements.length === 0) {
    throw new QueryError('not_a_select', 'the query is empty; run for example SELECT * FROM days');
  }
  if (statements.length > 1) {
    throw new QueryError(
      'not_a_select',
      `a query must be one SELECT statement; got ${statements.length} statements`,
    );
  }
  for (const name of tableFunctionsIn(statements)) {
    if (!TABLE_FUNCTIONS.has(name)) {
      throw new QueryError(
        'outside_the_lake',
        `${String(name)}(...): a query can only read the tables of the lake; allowed table functions are ${[...TABLE_FUNCTIONS].join(', ')}`,
      );
    }
  }
}

function refusal(sql: string, { error_type, error_message, position }: Record<string, unknown>): QueryError {
  if (error_type === 'not implemented') {
    const [kind = ''] = sql.trim().split(/\s/, 1);
    return new QueryError('not_a_select', `${kind}: the lake is read-only; use SELECT or WITH`);
  }
  const at = Number(position);
  const where =
    Number.isInteger(at) && at > 0 ? `, before: ${sql.replace(EXPLAIN, '').slice(at, at + 40)}` : '';
  return new QueryError('failed', `${String(error_message)}${where}`);
}

function* tableFunctionsIn(node: unknown): Generator<unknown> {
  if (Array.isArray(node)) {
    for (const child of node as unknown[]) yield* tableFunctionsIn(child);
  } else if (isRecord(node)) {
    if (node.type === 'TABLE_FUNCTION' && isRecord(node.function)) yield node.function.function_name;
    for (const child of Object.values(node)) yield* tableFunctionsIn(child);
  }
}
