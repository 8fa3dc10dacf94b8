/** Writes rows as Parquet, with the column types that the schema derives for DuckDB and Athena. */
import type { Column, ColumnType } from '@kinetrack/schema';
import { ByteWriter, type ColumnSource, ParquetWriter, type SchemaElement } from 'hyparquet-writer';

type Scalar = string | number | boolean | null;

/** Flat rows as in the schema. Timestamps are UTC strings. */
export type Row = Readonly<Record<string, Scalar>>;

/** Readers skip row groups by column bounds. Values are buffered until the group is written. */
const ROWS_PER_GROUP = 8192;
/** Default bounds are truncated to 16 bytes. IDs have up to 128 and often share a prefix. */
const BOUND_BYTES = 128;

export interface ParquetLayout {
  readonly columns: readonly Column[];
  /** Sort columns. Only these have bounds, by which readers skip row groups. */
  readonly orderedBy: readonly string[];
  /** Columns with few repeated values: written without a dictionary, which would save nothing. */
  readonly prose: readonly string[];
  /**
   * Rows with equal values in these columns stay in one group. A file filtered by person then equals a
   * file written without the person.
   */
  readonly together: readonly string[];
}

/** A Parquet file with Snappy compression, written row by row. The same rows give the same bytes. */
export class ParquetTable {
  readonly #columns: readonly TableColumn[];
  readonly #bytes = new ByteWriter();
  readonly #file: ParquetWriter;
  #inGroup = 0;
  #written = 0;

  /** `notes`: key-value metadata of the footer. */
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

  /** Rows added so far. */
  get rows(): number {
    return this.#written + this.#inGroup;
  }

  /** Whether the group has reached its size: call `writeGroup` at the next boundary. */
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

/**
 * Timestamps are without zone adjustment: both engines show UTC, whatever the time zone of the session.
 */
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
 * The values of a column, buffered until their group is written. Values are stored as small numbers,
 * shared strings and bytes: buffered row objects would be copied by the garbage collector.
 */
interface ColumnBuffer {
  add(value: Scalar): void;
  /** Values since the last `clear`; valid until the next. */
  readonly data: ColumnData;
  clear(): void;
}

/** `isProse`: values that seldom repeat; stored without a dictionary. */
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

/** Counts, stored without a dictionary. */
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

/** Most counts are small. Reuses their bigints. */
const SMALL_BIGINTS = Array.from({ length: 1024 }, (_, value) => BigInt(value));

/** Converts UTC strings to milliseconds. An hour has 60 distinct values. */
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
  #used = 0;
  /** End offset of each string. */
  #ends: number[] = [];

  add(value: Scalar): void {
    const text = String(value);
    this.#ensure(text.length * MAX_BYTES_A_UNIT);
    this.#used += this.#bytes.write(text, this.#used);
    this.#ends.push(this.#used);
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
    this.#used = 0;
    this.#ends = [];
  }

  #ensure(bytes: number): void {
    if (this.#used + bytes <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#used + bytes));
    this.#bytes.copy(larger, 0, 0, this.#used);
    this.#bytes = larger;
  }
}

/** UTF-8 of one UTF-16 code unit. */
const MAX_BYTES_A_UNIT = 3;
