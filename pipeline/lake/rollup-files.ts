/** Layout and location of rollup files: one file per table, hour and slice. */
import { lakeTables, type UtcHour } from '@kinetrack/schema';
import { hourPrefix, partIndexOf, type RollupTableName } from './keys.ts';
import { type ParquetLayout, ParquetTable } from './parquet-writer.ts';
import type { ObjectStore } from './ports.ts';
import { type Slice, WHOLE } from './slices.ts';

export const LAYOUTS: Readonly<Record<RollupTableName, ParquetLayout>> = {
  minutes: {
    columns: columnsOf('minutes'),
    orderedBy: ['user_id', 'minute'],
    prose: ['reason', 'inputs'],
    together: ['user_id', 'minute'],
  },
  hours: {
    columns: columnsOf('hours'),
    orderedBy: ['user_id', 'local_date', 'local_hour'],
    prose: [],
    together: ['user_id'],
  },
};

/** Footer metadata with the slice of a file, `0/1`: index and number of slices. */
const SLICE_NOTE = 'kinetrack.slice';

export const newTable = (table: RollupTableName, { index, of }: Slice): ParquetTable =>
  new ParquetTable(LAYOUTS[table], { [SLICE_NOTE]: `${index}/${of}` });

/** The slice in the notes of a file. A file without notes has all people. */
export function sliceFromNotes(notes: ReadonlyMap<string, string>): Slice {
  const [, index, of] = /^(\d+)\/(\d+)$/.exec(notes.get(SLICE_NOTE) ?? '') ?? [];
  return index === undefined || of === undefined ? WHOLE : { index: Number(index), of: Number(of) };
}

/** Replaces a part. An hour without rows has no object, so that readers do not open an empty file. */
export async function replacePart(store: ObjectStore, key: string, table: ParquetTable): Promise<void> {
  if (table.rows === 0) await store.delete(key);
  else await store.put(key, await table.finish());
}

/**
 * Deletes parts from a layout with more slices, after the part of this slice was written: the people of
 * part 5 of 8 are all in slice 1 of 4. Between the put and the deletion, these people are in the lake
 * twice, for one request; they are never missing.
 */
export async function removeStaleParts(
  store: ObjectStore,
  table: RollupTableName,
  hour: UtcHour,
  { index, of }: Slice,
): Promise<void> {
  for (const [part, key] of await rollupParts(store, table, hour)) {
    if (part >= of && part % of === index) await store.delete(key);
  }
}

/** Keys of the parts of an hour, by slice index. */
export async function rollupParts(
  store: Pick<ObjectStore, 'list'>,
  table: RollupTableName,
  hour: UtcHour,
): Promise<ReadonlyMap<number, string>> {
  const parts = new Map<number, string>();
  for await (const { key } of store.list(hourPrefix(table, hour))) {
    const part = partIndexOf(key);
    if (part !== undefined) parts.set(part, key);
  }
  return parts;
}

function columnsOf(name: RollupTableName) {
  const table = lakeTables.find((known) => known.name === name);
  if (table === undefined) throw new Error(`the lake has no table ${name}`);
  return table.columns;
}
