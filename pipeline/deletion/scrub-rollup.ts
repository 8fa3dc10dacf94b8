/** A file of rollup rows without the rows of one person, as a rollup writes it in which they never were. */
import { HOUR_MS, startOfUtcHourMs } from '@kinetrack/schema';
import { parseKey, type RollupTableName } from '../lake/keys.ts';
import { readObject } from '../lake/lines.ts';
import { RollupFile, withoutPeople } from '../lake/parquet-reader.ts';
import type { ObjectInfo, ObjectStore } from '../lake/ports.ts';

/**
 * Whether all rows of the person must go from this file. A file that was written after the moment, of an hour that was
 * not over by then, comes from a rollup that knew the tombstone: what it has of the person is new. Should it come from
 * one that had begun before, the raw objects that the deletion has written anew make it run again.
 */
export function mustLose({ key, modifiedMs }: ObjectInfo, deletedBeforeMs: number): boolean {
  const parsed = parseKey(key);
  if (parsed?.kind !== 'rollup') return false;
  if (modifiedMs === undefined || modifiedMs < deletedBeforeMs) return true;
  return startOfUtcHourMs(parsed.hour) + HOUR_MS <= deletedBeforeMs;
}

export interface RollupScrub {
  readonly change: 'none' | 'rewritten' | 'deleted' | 'gone' | 'unreadable';
  readonly rows: number;
}

export async function scrubRollup(
  store: ObjectStore,
  key: string,
  table: RollupTableName,
  userId: string,
): Promise<RollupScrub> {
  const body = await readObject(store, key);
  if (body === undefined) return { change: 'gone', rows: 0 };
  let filtered: Awaited<ReturnType<typeof withoutPeople>>;
  try {
    // Bounds tell of most files that the person is not in them.
    const file = await RollupFile.ofBytes(body);
    if ((await file.rowsOf(table, userId)).length === 0) return { change: 'none', rows: 0 };
    filtered = await withoutPeople(table, body, (id) => id === userId);
  } catch {
    // Not Parquet, or torn: no reader shows it, and a recomputation replaces it.
    return { change: 'unreadable', rows: 0 };
  }
  const { bytes, removed } = filtered;
  if (removed === 0) return { change: 'none', rows: 0 };
  if (bytes === undefined) await store.delete(key);
  else await store.put(key, bytes);
  return { change: bytes === undefined ? 'deleted' : 'rewritten', rows: removed };
}
