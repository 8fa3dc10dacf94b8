/** Rows as Parquet, with the types that the schema derives: what DuckDB and Athena declare is what lies there. */
import type { Column, ColumnType } from '@kinetrack/schema';
import { ByteWriter, type ColumnSource, ParquetWriter, type SchemaElement } from 'hyparquet-writer';

type Scalar = string | number | boolean | null;
/** Rows as the schema infers them: flat, timestamps as UTC text. */
export type Row = Readonly<Record<string, Scalar>>;

/** Rows of one group; a reader skips groups by the least and greatest value of a column. */
const ROWS_PER_GROUP = 50_000;

export interface ParquetLayout {
  readonly columns: readonly Column[];
  /** Columns by which the rows are ordered: their bounds tell a reader which groups to skip. Others have none. */
  readonly orderedBy: readonly string[];
  /** Columns whose values seldom repeat: a dictionary would cost time and save nothing. */
  readonly prose: readonly string[];
}

/** One file, Snappy; the same rows give the same bytes. */
export async function parquetOf(layout: ParquetLayout, rows: readonly Row[]): Promise<Uint8Array> {
  const writer = new ByteWriter();
  const file = new ParquetWriter({ writer, schema: schemaOf(layout.columns), createdBy: 'kinetrack' });
  for (let from = 0; from < rows.length; from += ROWS_PER_GROUP) {
    const group = rows.slice(from, from + ROWS_PER_GROUP);
    const columnData = layout.columns.map((column) => columnOf(column, layout, group));
    await file.write({ columnData, rowGroupSize: ROWS_PER_GROUP });
  }
  await file.finish();
  return writer.getBytes();
}

function columnOf(column: Column, { orderedBy, prose }: ParquetLayout, rows: readonly Row[]): ColumnSource {
  const { name, type } = column;
  const isPlain = type.kind === 'bigint' || prose.includes(name);
  return {
    name,
    data: valuesOf(column, rows),
    statistics: orderedBy.includes(name),
    ...(isPlain ? { encoding: 'PLAIN' } : {}),
  };
}

function schemaOf(columns: readonly Column[]): SchemaElement[] {
  return [
    { name: 'schema', num_children: columns.length },
    ...columns.map(
      ({ name, type, nullable }): SchemaElement => ({
        name,
        repetition_type: nullable ? 'OPTIONAL' : 'REQUIRED',
        ...physical(name, type),
      }),
    ),
  ];
}

/** Timestamps carry no zone adjustment, so that both engines show the UTC wall clock whatever the session's zone is. */
function physical(name: string, { kind }: ColumnType): Omit<SchemaElement, 'name'> {
  switch (kind) {
    case 'string':
      return { type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } };
    case 'int':
      return { type: 'INT32' };
    case 'bigint':
      return { type: 'INT64' };
    case 'double':
      return { type: 'DOUBLE' };
    case 'boolean':
      return { type: 'BOOLEAN' };
    case 'timestamp':
      return { type: 'INT64', logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: false, unit: 'MILLIS' } };
    default:
      throw new TypeError(`column ${name}: rollup rows are flat, a column of kind ${kind} cannot be written`);
  }
}

function valuesOf({ name, type }: Column, rows: readonly Row[]): Scalar[] | bigint[] {
  if (type.kind === 'bigint') return rows.map((row) => bigintOf(Number(row[name])));
  if (type.kind === 'timestamp') return timestamps(rows.map((row) => String(row[name])));
  return rows.map((row) => row[name] ?? null);
}

/** Counts are mostly small, and a bigint that is made once need not be made a million times. */
const SMALL_BIGINTS = Array.from({ length: 1024 }, (_, value) => BigInt(value));
const bigintOf = (value: number): bigint => SMALL_BIGINTS[value] ?? BigInt(value);

function timestamps(texts: readonly string[]): bigint[] {
  const known = new Map<string, bigint>();
  return texts.map((text) => {
    const parsed = known.get(text) ?? BigInt(Date.parse(text));
    known.set(text, parsed);
    return parsed;
  });
}
