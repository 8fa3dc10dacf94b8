import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';

/** The rows of a Parquet file, read by an engine that did not write it. */
export async function parquetRows(file: Uint8Array): Promise<readonly Record<string, unknown>[]> {
  const dir = await mkdtemp(join(tmpdir(), 'kinetrack-parquet-'));
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    const path = join(dir, 'file.parquet');
    await writeFile(path, file);
    const result = await connection.runAndReadAll('SELECT * FROM read_parquet($path)', { path });
    return result.getRowObjectsJson();
  } finally {
    connection.closeSync();
    instance.closeSync();
    await rm(dir, { recursive: true, force: true });
  }
}
