/** DuckDB in memory, closed to everything but one folder. Loaded at the first query: it costs 60 MB or so. */
import type { DuckDBConnection } from '@duckdb/node-api';
import { ATHENA_FUNCTIONS } from './athena-functions.ts';
import { escapeGlob, quote } from './views.ts';

export interface DatabaseOptions {
  /** Absolute, with `/` as separator, without one at the end. */
  readonly root: string;
  readonly memoryLimitMb: number;
  readonly threads: number;
}

export interface Database {
  readonly connection: DuckDBConnection;
  close(): void;
}

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
    // Spilling would leave what the lake holds in a temporary folder.
    "SET temp_directory = ''",
    "SET TimeZone = 'UTC'",
    ...ATHENA_FUNCTIONS,
    // Paths are compared before globs are resolved, so the escaped spelling of the root is let in as well.
    `SET allowed_directories = [${quote(`${root}/`)}, ${quote(`${escapeGlob(root)}/`)}]`,
    'SET enable_external_access = false',
    'SET lock_configuration = true',
  ];
  for (const statement of statements) await connection.run(statement);
  return {
    connection,
    close() {
      connection.closeSync();
      instance.closeSync();
    },
  };
}
