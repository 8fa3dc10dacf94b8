/** Reads rollup files: all rows, or the rows of one person. */
import { type HourRow, hourRow, type MinuteRow, minuteRow } from '@kinetrack/schema';
import { type AsyncBuffer, type FileMetaData, parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import type { RollupTableName } from './keys.ts';
import type { Row } from './parquet-writer.ts';
import type { RangedObject } from './ports.ts';
import { LAYOUTS, newTable, sliceFromNotes } from './rollup-files.ts';
import type { Slice } from './slices.ts';

/** The size of a footer for 12,500 people. A larger footer takes a second request. */
export const FOOTER_BYTES = 256 * 1024;

export interface RowsOf {
  readonly minutes: MinuteRow;
  readonly hours: HourRow;
}

const ROW_SCHEMAS = { minutes: minuteRow, hours: hourRow } as const;

/** A rollup file with its parsed footer. */
export class RollupFile {
  readonly #file: AsyncBuffer;
  readonly #footer: FileMetaData;
  /** The slice whose people the file can contain. */
  readonly slice: Slice;

  private constructor(file: AsyncBuffer, footer: FileMetaData) {
    this.#file = file;
    this.#footer = footer;
    const notes = (footer.key_value_metadata ?? []).map(({ key, value }) => [key, value ?? ''] as const);
    this.slice = sliceFromNotes(new Map(notes));
  }

  /** Rejects if the object changes or is not a Parquet file. */
  static async open(object: RangedObject): Promise<RollupFile> {
    const file: AsyncBuffer = {
      byteLength: object.bytes,
      slice: async (start, end = object.bytes) => arrayBufferOf(await object.read(start, end)),
    };
    const footer = await parquetMetadataAsync(file, { initialFetchSize: FOOTER_BYTES });
    return new RollupFile(file, footer);
  }

  static ofBytes(bytes: Uint8Array): Promise<RollupFile> {
    return RollupFile.open({
      bytes: bytes.length,
      read: (from, to) => Promise.resolve(bytes.subarray(from, to)),
    });
  }

  get rows(): number {
    return Number(this.#footer.num_rows);
  }

  /** Rows of one person, in file order. Reads only row groups whose bounds include the person. */
  async rowsOf<T extends RollupTableName>(table: T, userId: string): Promise<readonly RowsOf[T][]> {
    const rows = await this.#read({ filter: { user_id: { $eq: userId } } });
    return rows.map((row) => parsed(table, row));
  }

  /** All rows, one row group at a time. */
  async *groups<T extends RollupTableName>(table: T): AsyncIterable<readonly RowsOf[T][]> {
    let rowStart = 0;
    for (const { num_rows } of this.#footer.row_groups) {
      const rowEnd = rowStart + Number(num_rows);
      yield (await this.#read({ rowStart, rowEnd })).map((row) => parsed(table, row));
      rowStart = rowEnd;
    }
  }

  #read(what: {
    readonly filter?: { readonly user_id: { readonly $eq: string } };
    readonly rowStart?: number;
    readonly rowEnd?: number;
  }): Promise<Record<string, unknown>[]> {
    return parquetReadObjects({ file: this.#file, metadata: this.#footer, parsers: PARSERS, ...what });
  }
}

export interface FilteredFile {
  /** Number of removed rows. If 0, the file is unchanged. */
  readonly removed: number;
  /** The new file; undefined if no rows remain. Such a file is deleted. */
  readonly bytes: Uint8Array | undefined;
}

/**
 * Removes the rows of some people. The result is byte for byte the file that a rollup without them
 * would write. Memory: twice the file and one row group.
 */
export async function withoutPeople(
  table: RollupTableName,
  bytes: Uint8Array,
  isGone: (userId: string) => boolean,
): Promise<FilteredFile> {
  const file = await RollupFile.ofBytes(bytes);
  const { together } = LAYOUTS[table];
  const kept = newTable(table, file.slice);
  let last: Row | undefined;
  for await (const rows of file.groups(table)) {
    const plain: readonly Row[] = rows;
    for (const row of plain) {
      if (isGone(String(row.user_id))) continue;
      const before = last;
      const isParted = before !== undefined && together.some((name) => row[name] !== before[name]);
      if (isParted && kept.isGroupFull) await kept.writeGroup();
      kept.add(row);
      last = row;
    }
  }
  const removed = file.rows - kept.rows;
  if (removed === 0) return { removed, bytes };
  return { removed, bytes: kept.rows === 0 ? undefined : await kept.finish() };
}

/** Timestamps as the schema writes them. */
const PARSERS = { timestampFromMilliseconds: (ms: bigint) => new Date(Number(ms)).toISOString() };

/** Converts 64-bit counts to numbers. Rows were validated when written; this checks only types. */
function parsed<T extends RollupTableName>(table: T, row: Record<string, unknown>): RowsOf[T] {
  for (const name in row) {
    const value = row[name];
    if (typeof value === 'bigint') row[name] = Number(value);
  }
  return ROW_SCHEMAS[table].parse(row) as RowsOf[T];
}

function arrayBufferOf(bytes: Uint8Array): ArrayBuffer {
  const { buffer, byteOffset, byteLength } = bytes;
  if (buffer instanceof ArrayBuffer && byteOffset === 0 && byteLength === buffer.byteLength) return buffer;
  return new Uint8Array(bytes).buffer;
}
