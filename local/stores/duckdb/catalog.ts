/**
 * Keeps the views in step with the folder: a table without files is an empty view until its first file comes, and
 * a file that cannot be read is left out, so that one damaged object does not take its table with it.
 */
import type { DuckDBConnection } from '@duckdb/node-api';
import { DAYS_VIEW_SQL, type LakeTable, lakeTables } from '@kinetrack/schema';
import { filesOf, fingerprintOf } from './lake-files.ts';
import { globOf, selectSql, type TableFiles, viewSql } from './views.ts';

/** Every name that a query may use. */
export const TABLE_NAMES: readonly string[] = [...lakeTables.map(({ name }) => name), 'days'];

const PATH_IN_MESSAGE = /(\/|[A-Za-z]:\/)[^"'\n]*?\.(json\.gz|parquet)/g;

export class Catalog {
  readonly #connection: DuckDBConnection;
  readonly #root: string;
  /** SQL of each view as it stands now. */
  readonly #views = new Map<string, string>();
  /** Files left out, with the fingerprint that they had: a file that was replaced is tried again. */
  readonly #damaged = new Map<string, string>();

  constructor(connection: DuckDBConnection, root: string) {
    this.#connection = connection;
    this.#root = root;
  }

  get damaged(): readonly string[] {
    return [...this.#damaged.keys()];
  }

  /** Before each query. Tables whose glob is in place need no look: DuckDB lists their files itself. */
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

  /** After a failed query: true where a damaged file was to blame and is left out from now on. */
  async leaveOutDamaged(error: unknown): Promise<boolean> {
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
