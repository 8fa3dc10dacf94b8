/**
 * Updates the views when files of the lake change. A table without files is an empty view. Unreadable files
 * are excluded, so that one damaged object does not make its table unreadable.
 */
import { readdir, stat } from 'node:fs/promises';
import type { DuckDBConnection } from '@duckdb/node-api';
import { DAYS_VIEW_SQL, hasCode, type LakeTable, lakeTables } from '@kinetrack/schema';
import { endingOf, globOf, selectSql, type TableFiles, viewSql } from './views.ts';

/** Tables that queries can read. */
export const TABLE_NAMES: readonly string[] = [...lakeTables.map(({ name }) => name), 'days'];

const PATH_IN_MESSAGE = /(\/|[A-Za-z]:\/)[^"'\n]*?\.(json\.gz|parquet)/g;

export class Catalog {
  readonly #connection: DuckDBConnection;
  readonly #root: string;
  /** Current SQL of each view. */
  readonly #views = new Map<string, string>();
  /** Excluded files and their fingerprints. A replaced file is included again. */
  readonly #damaged = new Map<string, string>();

  constructor(connection: DuckDBConnection, root: string) {
    this.#connection = connection;
    this.#root = root;
  }

  get damaged(): readonly string[] {
    return [...this.#damaged.keys()];
  }

  /** Call it before each query. Views with a glob need no update: DuckDB lists their files itself. */
  async refresh({ all = false }: { readonly all?: boolean } = {}): Promise<void> {
    await this.#forgetReplaced();
    for (const table of lakeTables) {
      const current = this.#views.get(table.name);
      const glob = { glob: globOf(table, this.#root) };
      if (!all && this.#damaged.size === 0 && current === viewSql(table, glob)) continue;
      await this.#define(table, await this.#filesOf(table, glob));
    }
    if (!this.#views.has('days')) {
      await this.#connection.run(`CREATE VIEW days AS ${DAYS_VIEW_SQL}`);
      this.#views.set('days', DAYS_VIEW_SQL);
    }
  }

  /** Call it after a failed query. Excludes the damaged files that caused the error; false if there are none. */
  async excludeDamaged(error: unknown): Promise<boolean> {
    const message = error instanceof Error ? error.message : '';
    let found = false;
    for (const [path] of message.matchAll(PATH_IN_MESSAGE)) {
      const table = lakeTables.find(({ prefix }) => path.startsWith(`${this.#root}/${prefix}`));
      const fingerprint = await fingerprintOf(path);
      if (table === undefined || fingerprint === undefined || this.#damaged.has(path)) continue;
      if (await this.#canRead(table, path)) continue;
      this.#damaged.set(path, fingerprint);
      found = true;
    }
    return found;
  }

  async #filesOf(table: LakeTable, glob: TableFiles): Promise<TableFiles> {
    const prefix = `${this.#root}/${table.prefix}`;
    const hasDamaged = this.damaged.some((path) => path.startsWith(prefix));
    const files = await filesOf(table, this.#root, !hasDamaged);
    if (hasDamaged) return { files: files.filter((path) => !this.#damaged.has(path)) };
    return files.length === 0 ? { files } : glob;
  }

  async #define(table: LakeTable, files: TableFiles): Promise<void> {
    const sql = viewSql(table, files);
    if (this.#views.get(table.name) === sql) return;
    await this.#connection.run(sql);
    this.#views.set(table.name, sql);
  }

  async #forgetReplaced(): Promise<void> {
    for (const [path, fingerprint] of this.#damaged) {
      if ((await fingerprintOf(path)) !== fingerprint) this.#damaged.delete(path);
    }
  }

  async #canRead(table: LakeTable, path: string): Promise<boolean> {
    try {
      await this.#connection.run(`SELECT count(*) FROM (${selectSql(table, { files: [path] })})`);
      return true;
    } catch {
      return false;
    }
  }
}

/** Files of a table, ascending; with `first` only the first one. Empty if there is no folder. */
async function filesOf(table: LakeTable, root: string, first = false): Promise<readonly string[]> {
  const ending = endingOf(table);
  const found: string[] = [];
  const walk = async (folder: string, depth: number): Promise<void> => {
    const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
      if (isMissing(error)) return [];
      throw error;
    });
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (first && found.length > 0) return;
      const path = `${folder}/${entry.name}`;
      if (depth === 0 && entry.isFile() && entry.name.endsWith(ending)) found.push(path);
      const partition = table.partitions[table.partitions.length - depth]?.name;
      if (depth > 0 && entry.isDirectory() && entry.name.startsWith(`${partition}=`))
        await walk(path, depth - 1);
    }
  };
  await walk(`${root}/${table.prefix.replace(/\/$/, '')}`, table.partitions.length);
  return found;
}

/** Size and modification time, to detect replaced files. Undefined if the file was deleted. */
async function fingerprintOf(path: string): Promise<string | undefined> {
  try {
    const { size, mtimeMs } = await stat(path);
    return `${size}:${mtimeMs}`;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

const isMissing = (error: unknown): boolean => hasCode(error, 'ENOENT', 'ENOTDIR');
