/** The tables of the lake as DuckDB views: names, columns and types from the schema. */
import { type Column, duckdbType, type LakeTable, quotedColumn } from '@kinetrack/schema';

/** Files of a table: a glob that DuckDB resolves at each query, or a list. Absolute, with `/`. */
export type TableFiles = { readonly glob: string } | { readonly files: readonly string[] };

/** File name extension of a table's objects. */
export const endingOf = ({ format }: LakeTable): string => (format === 'json' ? '.json.gz' : '.parquet');

/** Glob for all partitions of a table. */
export function globOf(table: LakeTable, root: string): string {
  const partitions = table.partitions.map(({ name }) => `${name}=*/`).join('');
  return `${escapeGlob(root)}/${table.prefix}${partitions}*${endingOf(table)}`;
}

export function viewSql(table: LakeTable, from: TableFiles): string {
  const isEmpty = 'files' in from && from.files.length === 0;
  return `CREATE OR REPLACE VIEW ${table.name} AS ${isEmpty ? emptySql(table) : selectSql(table, from)}`;
}

export function selectSql(table: LakeTable, from: TableFiles): string {
  const names = [...table.columns, ...table.partitions].map(quotedColumn).join(', ');
  const source = 'glob' in from ? quote(from.glob) : `[${from.files.map(quote).join(', ')}]`;
  if (table.format === 'parquet') return `SELECT ${names} FROM read_parquet(${source}, ${hive(table)})`;
  // DuckDB returns a row of nulls for an invalid line. A line without event_id is not an event.
  return `SELECT ${names} FROM read_json(${source}, format = 'newline_delimited', compression = 'gzip', columns = {${jsonColumns(table.columns)}}, ignore_errors = true, ${hive(table)}) WHERE event_id IS NOT NULL`;
}

/** Without files: the same columns and types, no rows. */
const emptySql = (table: LakeTable): string =>
  `SELECT ${[
    ...table.columns.map((column) => `CAST(NULL AS ${duckdbType(column.type)}) AS ${quotedColumn(column)}`),
    ...table.partitions.map((partition) => `CAST(NULL AS VARCHAR) AS ${quotedColumn(partition)}`),
  ].join(', ')} WHERE false`;

const hive = (table: LakeTable): string =>
  `hive_partitioning = true, hive_types = {${table.partitions.map(({ name }) => `'${name}': VARCHAR`).join(', ')}}`;

const jsonColumns = (columns: readonly Column[]): string =>
  columns.map((column) => `${quotedColumn(column)}: ${quote(duckdbType(column.type))}`).join(', ');

export const quote = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** In a folder name such as `work [old]`, a glob would read the brackets as a character class. */
export const escapeGlob = (path: string): string => path.replace(/[[*?]/g, '[$&]');
