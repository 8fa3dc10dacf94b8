/** A rejected or failed query. */
export class QueryError extends Error {
  constructor(
    readonly code: 'not_a_select' | 'unknown_table' | 'outside_the_lake' | 'failed',
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'QueryError';
  }
}

const UNKNOWN_TABLE = /Table with name (\S+) does not exist/;

/** Adds the available tables and the access rule to DuckDB's message. */
export function queryErrorOf(error: unknown, tables: readonly string[]): QueryError {
  if (error instanceof QueryError) return error;
  const message = error instanceof Error ? error.message.trim() : String(error);
  const table = UNKNOWN_TABLE.exec(message)?.[1];
  if (table !== undefined) {
    const text = `${table}: no such table; the tables are ${tables.join(', ')}`;
    return new QueryError('unknown_table', text, { cause: error });
  }
  if (message.startsWith('Permission Error')) {
    const text = `a query can only read the tables of the lake: ${tables.join(', ')} (${firstLine(message)})`;
    return new QueryError('outside_the_lake', text, { cause: error });
  }
  return new QueryError('failed', message, { cause: error });
}

const firstLine = (text: string): string => text.split('\n', 1)[0] ?? '';
