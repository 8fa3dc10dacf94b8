/** Runs SQL on Athena. */
import {
  type AthenaClient,
  GetQueryExecutionCommand,
  type GetQueryResultsCommandOutput,
  paginateGetQueryResults,
  StartQueryExecutionCommand,
} from '@aws-sdk/client-athena';
import type { Cell, QueryEngine, QueryResult } from '../../pipeline/lake/ports.ts';

export interface AthenaEngineOptions {
  readonly client: AthenaClient;
  /** Has the scan limit and the result location. */
  readonly workgroup: string;
  readonly database: string;
  /** Resolves after `ms`. */
  readonly sleep: (ms: number) => Promise<void>;
}

/** The query failed. `reason` is the message of Athena. */
export class AthenaQueryFailed extends Error {
  readonly code = 'athena_query_failed';
  constructor(
    readonly state: string,
    readonly reason: string,
  ) {
    super(`Athena query ${state}: ${reason}`);
    this.name = 'AthenaQueryFailed';
  }
}

const POLL_MS = 500;

export class AthenaEngine implements QueryEngine {
  readonly #options: AthenaEngineOptions;

  constructor(options: AthenaEngineOptions) {
    this.#options = options;
  }

  /** Rejects with AthenaQueryFailed or an SDK error. */
  async query(sql: string): Promise<QueryResult> {
    const { client, workgroup, database } = this.#options;
    const { QueryExecutionId: id } = await client.send(
      new StartQueryExecutionCommand({
        QueryString: sql,
        WorkGroup: workgroup,
        QueryExecutionContext: { Database: database },
      }),
    );
    await this.#ended(id);
    const pages: GetQueryResultsCommandOutput[] = [];
    for await (const page of paginateGetQueryResults({ client }, { QueryExecutionId: id })) pages.push(page);
    const types = pages[0]?.ResultSet?.ResultSetMetadata?.ColumnInfo ?? [];
    const rows = pages.flatMap(({ ResultSet }) => ResultSet?.Rows ?? []);
    return {
      columns: types.map(({ Name }) => Name ?? ''),
      // The first row of the first page has the column names.
      rows: rows
        .slice(1)
        .map(({ Data = [] }) =>
          types.map(({ Type }, index) => cellOf(Data[index]?.VarCharValue, Type ?? '')),
        ),
    };
  }

  async #ended(id: string | undefined): Promise<void> {
    for (;;) {
      const { QueryExecution } = await this.#options.client.send(
        new GetQueryExecutionCommand({ QueryExecutionId: id }),
      );
      const { State: state = '', StateChangeReason: reason = 'no reason given' } =
        QueryExecution?.Status ?? {};
      if (state === 'SUCCEEDED') return;
      if (state === 'FAILED' || state === 'CANCELLED') throw new AthenaQueryFailed(state, reason);
      await this.#options.sleep(POLL_MS);
    }
  }
}

const NUMBERS = new Set(['tinyint', 'smallint', 'integer', 'bigint', 'float', 'real', 'double']);

/** Athena returns strings, and no value for null. Arrays, maps and rows stay as printed by Athena. */
function cellOf(text: string | undefined, type: string): Cell {
  if (text === undefined) return null;
  if (NUMBERS.has(type)) return Number(text);
  return type === 'boolean' ? text === 'true' : text;
}
