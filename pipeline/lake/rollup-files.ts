/** Where the rollup's files lie and what they are like: a file per table, hour and slice. */
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

/** Note in the footer that says which people a file holds, as `0/1`: index and number of slices. */
const SLICE_NOTE = 'kinetrack.slice';

export const newTable = (table: RollupTableName, { index, of }: Slice): ParquetTable =>
  new ParquetTable(LAYOUTS[table], { [SLICE_NOTE]: `${index}/${of}` });

/** The slice that a file's notes name; files without notes hold everybody. */
export function sliceFromNotes(notes: ReadonlyMap<string, string>): Slice {
  const [, index, of] = /^(\d+)\/(\d+)$/.exec(notes.get(SLICE_NOTE) ?? '') ?? [];
  return index === undefined || of === undefined ? WHOLE : { index: Number(index), of: Number(of) };
}

/** An hour without rows has no object: a reader need not open what says nothing. */
export async function replacePart(store: ObjectStore, key: string, table: ParquetTable): Promise<void> {
  if (table.rows === 0) await store.delete(key);
  else await store.put(key, await table.finish());
}

/**
 * Removes what a layout of more slices has left behind of this slice's people, once they stand in its own part: of
 * part 5 of 8, all people are in slice 1 of 4. Between the put before and the deletion here they are there twice, for
 * the time of one request; they are never missing.
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

/** The parts that an hour has, their keys by slice index. */
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
