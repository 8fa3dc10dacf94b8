/** Rows as Parquet, with the types that the schema derives: what DuckDB and Athena declare is what lies there. */
import type { Column, ColumnType } from '@kinetrack/schema';
import { ByteWriter, type ColumnSource, ParquetWriter, type SchemaElement } from 'hyparquet-writer';
import { type ColumnBuffer, columnBuffer, type Scalar } from './column-buffers.ts';

/** Rows as the schema infers them: flat, timestamps as UTC text. */
export type Row = Readonly<Record<string, Scalar>>;

/** A reader skips groups by the bounds of a column; until a group is written its values are held. */
const ROWS_PER_GROUP = 8192;
/** Bounds of texts are cut to 16 bytes unless told: the longest id is 128, and ids often begin alike. */
const BOUND_BYTES = 128;

export interface ParquetLayout {
  readonly columns: readonly Column[];
  /** Columns by which the rows are ordered: their bounds tell a reader which groups to skip. Others have none. */
  readonly orderedBy: readonly string[];
  /** Columns whose values seldom repeat: a dictionary would cost time and save nothing. */
  readonly prose: readonly string[];
  /** Columns whose rows stay in one group: what is written is then the same, whether all rows come or a part of them. */
  readonly together: readonly string[];
}

/** One file, Snappy, filled row by row; the same rows give the same bytes. */
export class ParquetTable {
  readonly #columns: readonly TableColumn[];
  readonly #bytes = new ByteWriter();
  readonly #file: ParquetWriter;
  #inGroup = 0;
  #written = 0;

  /** `notes` stand in the file's footer. */
  constructor({ columns, orderedBy, prose }: ParquetLayout, notes: Readonly<Record<string, string>> = {}) {
    this.#columns = columns.map((column) => ({
      name: column.name,
      statistics: orderedBy.includes(column.name),
      buffer: columnBuffer(column, prose.includes(column.name)),
    }));
    this.#file = new ParquetWriter({
      writer: this.#bytes,
      schema: schemaOf(columns),
      createdBy: 'kinetrack',
      statisticsTruncateLength: BOUND_BYTES,
      kvMetadata: Object.entries(notes).map(([key, value]) => ({ key, value })),
    });
  }

  /** Rows so far. */
  get rows(): number {
    return this.#written + this.#inGroup;
  }

  /** Time to write what was added: what comes after belongs to the next group. */
  get isGroupFull(): boolean {
    return this.#inGroup >= ROWS_PER_GROUP;
  }

  add(row: Row): void {
    for (const { name, buffer } of this.#columns) buffer.add(row[name] ?? null);
    this.#inGroup += 1;
  }

  async writeGroup(): Promise<void> {
    const rows = this.#inGroup;
    if (rows === 0) return;
    this.#inGroup = 0;
    this.#written += rows;
    const columnData = this.#columns.map(
      ({ name, statistics, buffer }): ColumnSource => ({ name, statistics, ...buffer.data }),
    );
    await this.#file.write({ columnData, rowGroupSize: rows });
    for (const { buffer } of this.#columns) buffer.clear();
  }

  async finish(): Promise<Uint8Array> {
    await this.writeGroup();
    await this.#file.finish();
    return this.#bytes.getBytes();
  }
}

interface TableColumn {
  readonly name: string;
  readonly statistics: boolean;
  readonly buffer: ColumnBuffer;
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
