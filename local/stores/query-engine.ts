/** SQL and summaries of a local lake, with DuckDB. Tables have the same names as in Athena. */
import { resolve } from 'node:path';
import type { QueryEngine, QueryResult, SummaryStore } from '../../pipeline/lake/ports.ts';
import { Catalog, TABLE_NAMES } from './duckdb/catalog.ts';
import { type Database, openDatabase } from './duckdb/database.ts';
import { QueryError, queryErrorOf } from './duckdb/query-error.ts';
import { requireSelect } from './duckdb/read-only.ts';
import { summariesOf } from './summary-store.ts';

export { QueryError } from './duckdb/query-error.ts';

export interface LakeOptions {
  /** Lake folder. A missing folder is an empty lake. */
  readonly lakeDir: string;
  /**
   * Memory limit of DuckDB. A query that needs more fails.
   * @defaultValue 256
   */
  readonly memoryLimitMb?: number;
  /** Threads of DuckDB. @defaultValue 2 */
  readonly threads?: number;
}

export interface DuckDbLake extends QueryEngine, SummaryStore {
  /** Unreadable objects, excluded from all results until they are replaced. */
  readonly damagedFiles: readonly string[];
  /** Interrupts running queries. Can be called twice. */
  close(): Promise<void>;
}

/** Each failed attempt reveals one damaged file. With more than this, the cause is a different one. */
const MAX_ATTEMPTS = 100;

/** Cheap: the first query loads DuckDB, and each query looks up its files. */
export function openLake(options: LakeOptions): Promise<DuckDbLake> {
  return Promise.resolve(new Lake(options));
}

interface OpenDatabase {
  readonly database: Database;
  readonly catalog: Catalog;
}

class Lake implements DuckDbLake {
  readonly #options: LakeOptions;
  #opened: Promise<OpenDatabase> | undefined;
  #damaged: readonly string[] = [];
  #closing: Promise<void> | undefined;
  /** Queries run one at a time: they share a connection, its memory and the views. */
  #last: Promise<unknown> = Promise.resolve();
  readonly #summaries: SummaryStore = summariesOf(async (sql, values) => {
    const { columns, rows } = await this.#query(sql, values);
    return rows.map((row) => Object.fromEntries(columns.map((name, index) => [name, row[index]])));
  });

  constructor(options: LakeOptions) {
    this.#options = options;
  }

  get damagedFiles(): readonly string[] {
    return this.#damaged;
  }

  query = (sql: string): Promise<QueryResult> => this.#query(sql);
  users: SummaryStore['users'] = () => this.#summaries.users();
  span: SummaryStore['span'] = (userId) => this.#summaries.span(userId);
  hours: SummaryStore['hours'] = (userId, from, to) => this.#summaries.hours(userId, from, to);
  minutes: SummaryStore['minutes'] = (userId, date) => this.#summaries.minutes(userId, date);
  lastMinute: SummaryStore['lastMinute'] = (userId, date) => this.#summaries.lastMinute(userId, date);
  minute: SummaryStore['minute'] = (userId, minute) => this.#summaries.minute(userId, minute);

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  #query(sql: string, values?: readonly string[]): Promise<QueryResult> {
    const answer = this.#last.catch(() => undefined).then(() => this.#queryNow(sql, values));
    this.#last = answer;
    return answer;
  }

  async #queryNow(sql: string, values: readonly string[] | undefined): Promise<QueryResult> {
    if (this.#closing !== undefined)
      throw new QueryError('failed', 'the lake is closed; open it again to run a query');
    try {
      this.#opened ??= this.#open();
      const { database, catalog } = await this.#opened;
      // Only queries of this program have parameters. SQL of users must be read-only.
      if (values === undefined) await requireSelect(database.connection, sql);
      return await this.#run({ database, catalog }, sql, values ?? []);
    } catch (error) {
      throw queryErrorOf(error, TABLE_NAMES);
    }
  }

  /** Repeats the query without damaged files, and without files deleted after their listing. */
  async #run(
    { database, catalog }: OpenDatabase,
    sql: string,
    values: readonly string[],
  ): Promise<QueryResult> {
    for (let attempt = 1; ; attempt += 1) {
      await catalog.refresh({ all: attempt > 1 });
      this.#damaged = catalog.damaged;
      try {
        return await database.query(sql, values);
      } catch (error) {
        const repaired = (await catalog.excludeDamaged(error)) || (attempt === 1 && isMissingFile(error));
        if (!repaired || attempt === MAX_ATTEMPTS) throw error;
      }
    }
  }

  async #close(): Promise<void> {
    const opened = await this.#opened?.catch(() => undefined);
    opened?.database.connection.interrupt();
    await this.#last.catch(() => undefined);
    opened?.database.close();
  }

  async #open(): Promise<OpenDatabase> {
    const { lakeDir, memoryLimitMb = 256, threads = 2 } = this.#options;
    const root = resolve(lakeDir).replaceAll('\\', '/').replace(/\/+$/, '');
    const database = await openDatabase({ root, memoryLimitMb, threads });
    return { database, catalog: new Catalog(database.connection, root) };
  }
}

const isMissingFile = (error: unknown): boolean =>
  error instanceof Error && /No files found that match|No such file or directory/.test(error.message);
