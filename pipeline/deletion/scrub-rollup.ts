/** A file of rollup rows without the rows of one person, as a rollup writes it in which they never were. */
import { HOURS_PREFIX, MINUTES_PREFIX, startOfUtcHourMs } from '@kinetrack/schema';
import type { ObjectInfo, ObjectStore } from '../ports.ts';
import { RollupFile, withoutPeople } from '../rollup/parquet-file.ts';
import { readObject } from './blocks.ts';

const HOUR_MS = 3_600_000;
const ROLLUP_KEY = /^rollup\/(minutes|hours)\/dt=(\d{4}-\d\d-\d\d)\/hour=([01]\d|2[0-3])\/[^/]+\.parquet$/;

export type RollupTable = 'minutes' | 'hours';

export const rollupTableOf = (key: string): RollupTable | undefined =>
  key.startsWith(MINUTES_PREFIX) ? 'minutes' : key.startsWith(HOURS_PREFIX) ? 'hours' : undefined;

/**
 * Whether all rows of the person must go from this file. A file that was written after the moment, of an hour that was
 * not over by then, comes from a rollup that knew the tombstone: what it has of the person is new. Should it come from
 * one that had begun before, the raw objects that the deletion has written anew make it run again.
 */
export function mustLose({ key, modifiedMs }: ObjectInfo, erasedBeforeMs: number): boolean {
  const [, , dt, hour] = ROLLUP_KEY.exec(key) ?? [];
  if (dt === undefined || hour === undefined) return false;
  if (modifiedMs === undefined || modifiedMs < erasedBeforeMs) return true;
  return startOfUtcHourMs({ dt, hour }) + HOUR_MS <= erasedBeforeMs;
}

export interface RollupScrub {
  readonly change: 'none' | 'rewritten' | 'deleted' | 'gone' | 'unreadable';
  readonly rows: number;
}

export async function scrubRollup(
  store: ObjectStore,
  key: string,
  table: RollupTable,
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
