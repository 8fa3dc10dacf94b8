/** Rows as Parquet, with the types that the schema derives: what DuckDB and Athena declare is what lies there. */
import type { Column, ColumnType } from '@kinetrack/schema';
import { ByteWriter, type ColumnSource, ParquetWriter, type SchemaElement } from 'hyparquet-writer';

type Scalar = string | number | boolean | null;
/** Rows as the schema infers them: flat, timestamps as UTC text. */
export type Row = Readonly<Record<string, Scalar>>;

/**
 * Rows of one group: a reader skips groups by the bounds of a column, and until a group is written its rows are
 * held. Rows that are written soon never leave the young part of the heap, which halves the time of a large hour.
 */
const ROWS_PER_GROUP = 8192;

export interface ParquetLayout {
  readonly columns: readonly Column[];
  /** Columns by which the rows are ordered: their bounds tell a reader which groups to skip. Others have none. */
  readonly orderedBy: readonly string[];
  /** Columns whose values seldom repeat: a dictionary would cost time and save nothing. */
  readonly prose: readonly string[];
}

/** One file, Snappy, filled row by row; the same rows give the same bytes. */
export class ParquetTable {
  readonly #layout: ParquetLayout;
  readonly #bytes = new ByteWriter();
  readonly #file: ParquetWriter;
  #group: Row[] = [];
  #written = 0;

  constructor(layout: ParquetLayout) {
    this.#layout = layout;
    this.#file = new ParquetWriter({
      writer: this.#bytes,
      schema: schemaOf(layout.columns),
      createdBy: 'kinetrack',
    });
  }

  /** Rows so far. */
  get rows(): number {
    return this.#written + this.#group.length;
  }

  /** Time to write what was added: what comes after belongs to the next group. */
  get isGroupFull(): boolean {
    return this.#group.length >= ROWS_PER_GROUP;
  }

  add(row: Row): void {
    this.#group.push(row);
  }

  async writeGroup(): Promise<void> {
    const rows = this.#group;
    if (rows.length === 0) return;
    this.#group = [];
    this.#written += rows.length;
    const columnData = this.#layout.columns.map((column) => columnOf(column, this.#layout, rows));
    await this.#file.write({ columnData, rowGroupSize: rows.length });
  }

  async finish(): Promise<Uint8Array> {
    await this.writeGroup();
    await this.#file.finish();
    return this.#bytes.getBytes();
  }
}

function columnOf(column: Column, { orderedBy, prose }: ParquetLayout, rows: readonly Row[]): ColumnSource {
  const { name, type } = column;
  const isProse = prose.includes(name);
  const isPlain = type.kind === 'bigint' || isProse;
  return {
    name,
    data: isProse ? encoded(rows.map((row) => String(row[name]))) : valuesOf(column, rows),
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

const UTF8 = new TextEncoder();

/** All texts by one call of the encoder: a call for each costs several times as much. */
function encoded(texts: readonly string[]): Uint8Array[] {
  const joined = texts.join('');
  const all = UTF8.encode(joined);
  // In ASCII a character is a byte; otherwise only the encoder knows where a text ends.
  if (all.length !== joined.length) return texts.map((text) => UTF8.encode(text));
  let to = 0;
  return texts.map((text) => {
    const from = to;
    to += text.length;
    return all.subarray(from, to);
  });
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
