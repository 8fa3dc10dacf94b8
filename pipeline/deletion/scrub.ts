/**
 * One object of lines without those of somebody who is deleted. It is read once; where it holds nothing of theirs, that
 * is all. What stays of it is the same bytes in the same order, and an object without a line that stays is deleted.
 *
 * A damaged object (its compression breaks off) that names the person is written anew with the lines that can be read:
 * what lies behind the damage can be used by nobody, and may be theirs. One that does not name them stays as it is. The
 * receipt lists both.
 */

import { HOUR_MS, startOfUtcHourMs } from '@kinetrack/schema';
import { parseKey, type RollupTableName } from '../lake/keys.ts';
import { DamagedObject, gzipBlocks, isGzip, lineBlocks, linesOf, readObject } from '../lake/lines.ts';
import { RollupFile, withoutPeople } from '../lake/parquet-reader.ts';
import type { ObjectInfo, ObjectStore } from '../lake/ports.ts';

/** The line as it came, another one in its place, or undefined where it goes. */
export type EditLine = (line: Buffer) => Buffer | undefined;

export interface ScrubOutcome {
  readonly change: 'none' | 'rewritten' | 'deleted' | 'gone';
  readonly damaged: boolean;
  /** As stored. */
  readonly bytes: number;
}

/** `edit` is called for every line once, and for those of an object that changes once more: it must not count. */
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

/** A file of rollup rows without the rows of one person, as a rollup writes it in which they never were. */
/**
 * Whether all rows of the person must go from this file. A file that was written after the moment, of an hour that was
 * not over by then, comes from a rollup that knew the tombstone: what it has of the person is new. Should it come from
 * one that had begun before, the raw objects that the deletion has written anew make it run again.
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
