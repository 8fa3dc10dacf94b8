/**
 * DuckDB in memory, without access to files outside one folder. Its values become cells: what JSON can
 * represent, printed as Athena prints it.
 */
import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import type { Cell, QueryResult } from '../../../pipeline/lake/ports.ts';
import { ATHENA_FUNCTIONS } from './athena-functions.ts';
import { escapeGlob, quote } from './views.ts';

export interface DatabaseOptions {
  /** Absolute, with `/` as separator, without a trailing one. */
  readonly root: string;
  readonly memoryLimitMb: number;
  readonly threads: number;
}

export interface Database {
  readonly connection: DuckDBConnection;
  query(sql: string, values: readonly string[]): Promise<QueryResult>;
  close(): void;
}

/** The first call loads DuckDB, which needs about 60 MB. */
export async function openDatabase({ root, memoryLimitMb, threads }: DatabaseOptions): Promise<Database> {
  const { DuckDBInstance } = await import('@duckdb/node-api');
  const instance = await DuckDBInstance.create(':memory:', {
    threads: String(threads),
    memory_limit: `${memoryLimitMb}MB`,
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  });
  const connection = await instance.connect();
  const statements = [
    // No spilling: it would write data of the lake to a temporary folder.
    "SET temp_directory = ''",
    "SET TimeZone = 'UTC'",
    ...ATHENA_FUNCTIONS,
    // DuckDB compares paths before it resolves globs, so the escaped root is allowed too.
    `SET allowed_directories = [${quote(`${root}/`)}, ${quote(`${escapeGlob(root)}/`)}]`,
    'SET enable_external_access = false',
    'SET lock_configuration = true',
  ];
  for (const statement of statements) await connection.run(statement);
  return {
    connection,
    async query(sql, values) {
      const reader = await connection.runAndReadAll(sql, [...values]);
      return { columns: reader.columnNames(), rows: reader.getRows().map((row) => row.map(cellOf)) };
    },
    close() {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

/** Decimal digits that a double always represents exactly. */
const EXACT_DIGITS = 15;

/** Integers beyond 2^53 and decimals beyond 15 digits become strings: as numbers they would be rounded. */
function cellOf(value: DuckDBValue): Cell {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      return Number.isFinite(value) ? value : String(value);
    case 'bigint':
      return wholeNumber(value);
    default:
      return value === null ? null : compoundCell(value);
  }
}

function compoundCell(value: Exclude<DuckDBValue, null | string | number | bigint | boolean>): Cell {
  if ('items' in value) return value.items.map(cellOf);
  if ('entries' in value) {
    const entries = Array.isArray(value.entries)
      ? value.entries.map(({ key, value: inner }): [string, Cell] => [String(key), cellOf(inner)])
      : Object.entries(value.entries).map(([name, inner]): [string, Cell] => [name, cellOf(inner)]);
    return Object.fromEntries(entries);
  }
  if ('scale' in value) return decimal(value.toString());
  if ('micros' in value && 'isFinite' in value) return withMilliseconds(value.toString());
  return value.toString();
}

const wholeNumber = (value: bigint): Cell => {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value.toString();
};

const decimal = (text: string): Cell =>
  text.replace(/\D/g, '').length <= EXACT_DIGITS ? Number(text) : text;

/** `2026-11-20 09:10:00` becomes `2026-11-20 09:10:00.000`, as in Athena. */
const withMilliseconds = (text: string): string =>
  text
    .replace(/^(\S+ \d\d:\d\d:\d\d)(?=$|[+-])/, '$1.000')
    .replace(/(\.\d\d)(?=$|[+-])/, '$10')
    .replace(/(\.\d)(?=$|[+-])/, '$100');
