/** The local lake as SQL and as summaries, under the names that its tables have in Athena. */
import { resolve } from 'node:path';
import type { QueryEngine, QueryResult, SummaryStore } from '../../pipeline/lake/ports.ts';
import { Catalog, TABLE_NAMES } from './duckdb/catalog.ts';
import { cellOf } from './duckdb/cells.ts';
import { type Database, openDatabase } from './duckdb/database.ts';
import { explain, QueryError } from './duckdb/query-error.ts';
import { requireSelect } from './duckdb/read-only.ts';
import { summariesOf } from './summary-store.ts';

export interface LakeOptions {
  /** Folder of the lake; one that is not there yet is an empty lake. */
  readonly lakeDir: string;
  /**
   * What DuckDB may hold at once; a query that needs more fails and says so.
   * @defaultValue 256
   */
  readonly memoryLimitMb?: number;
  /** @defaultValue 2 */
  readonly threads?: number;
}

export interface DuckDbLake extends QueryEngine, SummaryStore {
  /** Objects that could not be read and are left out of every answer until they are replaced. */
  readonly damagedFiles: readonly string[];
  /** Can be called twice; ends what runs. */
  close(): Promise<void>;
}

/** Damaged files come to light one by one; with more than these in one query something else is wrong. */
const MAX_ATTEMPTS = 100;

/** Opens nothing yet: DuckDB is loaded by the first question, files are looked up by each. */
export function openLake(options: LakeOptions): Promise<DuckDbLake> {
  return Promise.resolve(new Lake(options));
}

interface Opened {
  readonly database: Database;
  readonly catalog: Catalog;
}

class Lake implements DuckDbLake {
  readonly #options: LakeOptions;
  #opened: Promise<Opened> | undefined;
  #damaged: readonly string[] = [];
  #closing: Promise<void> | undefined;
  /** One question at a time: they share a connection, its memory and the views. */
  #last: Promise<unknown> = Promise.resolve();
  readonly #summaries: SummaryStore = summariesOf(async (sql, values) => {
    const { columns, rows } = await this.#ask(sql, values);
    return rows.map((row) => Object.fromEntries(columns.map((name, index) => [name, row[index]])));
  });

  constructor(options: LakeOptions) {
    this.#options = options;
  }

  get damagedFiles(): readonly string[] {
    return this.#damaged;
  }

  query = (sql: string): Promise<QueryResult> => this.#ask(sql);
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

  #ask(sql: string, values?: readonly string[]): Promise<QueryResult> {
    const answer = this.#last.catch(() => undefined).then(() => this.#answer(sql, values));
    this.#last = answer;
    return answer;
  }

  async #answer(sql: string, values: readonly string[] | undefined): Promise<QueryResult> {
    if (this.#closing !== undefined)
      throw new QueryError('failed', 'the lake is closed; open it again to run a query');
    try {
      this.#opened ??= this.#open();
      const { database, catalog } = await this.#opened;
      // Our own questions carry parameters; a user's text is held to reading.
      if (values === undefined) await requireSelect(database.connection, sql);
      return await this.#run({ database, catalog }, sql, values ?? []);
    } catch (error) {
      throw explain(error, TABLE_NAMES);
    }
  }

  /** Again without a file that turned out damaged, or that a retention rule took away in between. */
  async #run({ database, catalog }: Opened, sql: string, values: readonly string[]): Promise<QueryResult> {
    for (let attempt = 1; ; attempt += 1) {
      await catalog.refresh({ all: attempt > 1 });
      this.#damaged = catalog.damaged;
      try {
        const reader = await database.connection.runAndReadAll(sql, [...values]);
        return {
          columns: reader.columnNames(),
          rows: reader.getRows().map((row) => row.map(cellOf)),
        };
      } catch (error) {
        const repaired = (await catalog.leaveOutDamaged(error)) || (attempt === 1 && isMissingFile(error));
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

  async #open(): Promise<Opened> {
    const { lakeDir, memoryLimitMb = 256, threads = 2 } = this.#options;
    const root = resolve(lakeDir).replaceAll('\\', '/').replace(/\/+$/, '');
    const database = await openDatabase({ root, memoryLimitMb, threads });
    return { database, catalog: new Catalog(database.connection, root) };
  }
}

const isMissingFile = (error: unknown): boolean =>
  error instanceof Error && /No files found that match|No such file or directory/.test(error.message);
