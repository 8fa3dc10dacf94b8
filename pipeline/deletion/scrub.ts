/** Removes the data of deleted people from one object of the lake. */
import { HOUR_MS, startOfUtcHourMs } from '@kinetrack/schema';
import { parseKey, type RollupTableName } from '../lake/keys.ts';
import { DamagedObject, gzipBlocks, isGzip, lineBlocks, linesOf, readObject } from '../lake/lines.ts';
import { RollupFile, withoutPeople } from '../lake/parquet-reader.ts';
import type { ObjectInfo, ObjectStore } from '../lake/ports.ts';

/** Returns the line, a replacement, or undefined to delete it. */
export type EditLine = (line: Buffer) => Buffer | undefined;

export interface ScrubOutcome {
  readonly change: 'none' | 'rewritten' | 'deleted' | 'gone';
  readonly damaged: boolean;
  /** Size as stored. */
  readonly bytes: number;
}

/**
 * Removes lines of deleted people from a raw or error object. The object is read once; without such
 * lines, nothing is written. All other lines keep their bytes and order. An object without remaining
 * lines is deleted.
 *
 * A damaged object (truncated compression) that contains the person is rewritten with its readable
 * lines: the data after the damage is unusable and may belong to the person. A damaged object without
 * the person is not changed. The receipt lists both.
 *
 * `edit` is called once for each line, and a second time for the lines of an object that changes: it
 * must have no side effects.
 */
export async function scrubObject(
  store: ObjectStore,
  key: string,
  { edit, onChange }: { readonly edit: EditLine; readonly onChange: (line: Buffer) => void },
): Promise<ScrubOutcome> {
  const body = await readObject(store, key);
  if (body === undefined) return { change: 'gone', damaged: false, bytes: 0 };
  let changed = 0;
  let left = false;
  let damaged = false;
  try {
    for await (const block of lineBlocks(body)) {
      for (const line of linesOf(block)) {
        const edited = edit(line);
        if (edited !== line) {
          changed += 1;
          onChange(line);
        }
        left ||= edited !== undefined && !isBlank(edited);
      }
    }
  } catch (error) {
    if (!(error instanceof DamagedObject)) throw error;
    damaged = true;
  }
  const outcome = { damaged, bytes: body.length };
  if (changed === 0) return { ...outcome, change: 'none' };
  if (!left) {
    await store.delete(key);
    return { ...outcome, change: 'deleted' };
  }
  const blocks = editedBlocks(body, edit);
  await store.put(key, isGzip(body) ? await gzipBlocks(blocks) : await concatenated(blocks));
  return { ...outcome, change: 'rewritten' };
}

async function* editedBlocks(body: Buffer, edit: EditLine): AsyncGenerator<Buffer> {
  try {
    for await (const block of lineBlocks(body)) {
      const lines = [...linesOf(block)];
      const edited = lines.map(edit);
      if (edited.every((line, index) => line === lines[index])) yield block;
      else yield Buffer.concat(edited.filter((line) => line !== undefined));
    }
  } catch (error) {
    if (!(error instanceof DamagedObject)) throw error;
  }
}

async function concatenated(blocks: AsyncIterable<Buffer>): Promise<Buffer> {
  const all: Buffer[] = [];
  for await (const block of blocks) all.push(block);
  return Buffer.concat(all);
}

const isBlank = (line: Buffer): boolean => line.length < 3 && line.toString().trim() === '';

/**
 * Whether all rows of the person must be removed from this file. A file written after the deletion, for
 * an hour that had not ended then, was computed with the tombstone: its rows of the person are new. If
 * that rollup had started earlier, the raw objects rewritten by the deletion trigger it again.
 */
export function mustLosePerson({ key, modifiedMs }: ObjectInfo, deletedBeforeMs: number): boolean {
  const parsed = parseKey(key);
  if (parsed?.kind !== 'rollup') return false;
  if (modifiedMs === undefined || modifiedMs < deletedBeforeMs) return true;
  return startOfUtcHourMs(parsed.hour) + HOUR_MS <= deletedBeforeMs;
}

export interface RollupScrub {
  readonly change: 'none' | 'rewritten' | 'deleted' | 'gone' | 'unreadable';
  readonly rows: number;
}

/**
 * Removes the rows of a person from a rollup file. The result is the file that a rollup without the
 * person would write.
 */
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
    // The bounds of most files exclude the person.
    const file = await RollupFile.ofBytes(body);
    if ((await file.rowsOf(table, userId)).length === 0) return { change: 'none', rows: 0 };
    filtered = await withoutPeople(table, body, (id) => id === userId);
  } catch {
    // Not a Parquet file, or truncated. No reader can show it, and a recomputation replaces it.
    return { change: 'unreadable', rows: 0 };
  }
  const { bytes, removed } = filtered;
  if (removed === 0) return { change: 'none', rows: 0 };
  if (bytes === undefined) await store.delete(key);
  else await store.put(key, bytes);
  return { change: bytes === undefined ? 'deleted' : 'rewritten', rows: removed };
}
