/** Rows as Parquet, with the types that the schema derives: what DuckDB and Athena declare is what lies there. */
import type { Column, ColumnType } from '@kinetrack/schema';
import { ByteWriter, type ColumnSource, ParquetWriter, type SchemaElement } from 'hyparquet-writer';

type Scalar = string | number | boolean | null;

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

type ColumnData = Pick<ColumnSource, 'data' | 'encoding'>;

/**
 * The values of a column until their group is written. Rows are taken apart at once: what is kept of them are small
 * numbers, strings that many rows share, and bytes. Whole rows would grow old, and the garbage collector would copy them.
 */
interface ColumnBuffer {
  add(value: Scalar): void;
  /** What was added since the last `clear`; valid until then. */
  readonly data: ColumnData;
  clear(): void;
}

/** `isProse`: its values seldom repeat, and a dictionary would cost time and save nothing. */
function columnBuffer({ type }: Column, isProse: boolean): ColumnBuffer {
  if (isProse) return new ProseBuffer();
  if (type.kind === 'bigint') return new BigintBuffer();
  if (type.kind === 'timestamp') return new TimestampBuffer();
  return new ValueBuffer();
}

class ValueBuffer implements ColumnBuffer {
  #values: Scalar[] = [];

  add(value: Scalar): void {
    this.#values.push(value);
  }

  get data(): ColumnData {
    return { data: this.#values };
  }

  clear(): void {
    this.#values = [];
  }
}

/** Counts: a dictionary would be built for nothing. */
class BigintBuffer implements ColumnBuffer {
  #values: bigint[] = [];

  add(value: Scalar): void {
    const number = Number(value);
    this.#values.push(SMALL_BIGINTS[number] ?? BigInt(number));
  }

  get data(): ColumnData {
    return { data: this.#values, encoding: 'PLAIN' };
  }

  clear(): void {
    this.#values = [];
  }
}

/** Counts are mostly small, and a bigint that is made once need not be made a million times. */
const SMALL_BIGINTS = Array.from({ length: 1024 }, (_, value) => BigInt(value));

/** UTC text becomes milliseconds; an hour has sixty different ones. */
class TimestampBuffer implements ColumnBuffer {
  readonly #known = new Map<Scalar, bigint>();
  #values: bigint[] = [];

  add(value: Scalar): void {
    let parsed = this.#known.get(value);
    if (parsed === undefined) {
      parsed = BigInt(Date.parse(String(value)));
      this.#known.set(value, parsed);
    }
    this.#values.push(parsed);
  }

  get data(): ColumnData {
    return { data: this.#values };
  }

  clear(): void {
    this.#values = [];
  }
}

class ProseBuffer implements ColumnBuffer {
  #bytes = Buffer.allocUnsafe(64 * 1024);
  #taken = 0;
  /** Where each text ends. */
  #ends: number[] = [];

  add(value: Scalar): void {
    const text = String(value);
    this.#ensure(text.length * MAX_BYTES_A_UNIT);
    this.#taken += this.#bytes.write(text, this.#taken);
    this.#ends.push(this.#taken);
  }

  get data(): ColumnData {
    let from = 0;
    const texts = this.#ends.map((to) => {
      const text = new Uint8Array(this.#bytes.buffer, this.#bytes.byteOffset + from, to - from);
      from = to;
      return text;
    });
    return { data: texts, encoding: 'PLAIN' };
  }

  clear(): void {
    this.#taken = 0;
    this.#ends = [];
  }

  #ensure(bytes: number): void {
    if (this.#taken + bytes <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#taken + bytes));
    this.#bytes.copy(larger, 0, 0, this.#taken);
    this.#bytes = larger;
  }
}

/** UTF-8 of one UTF-16 code unit. */
const MAX_BYTES_A_UNIT = 3;
