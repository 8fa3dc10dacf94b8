/**
 * Temporary files of killed processes. Listings do not show them, so a deletion that only reads objects would
 * leave events of the person in them.
 */
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from '@kinetrack/schema';
import { isProcessRunning } from '../running-instance.ts';
import { TEMPORARY_NAME } from './object-store.ts';

/** A write lasts seconds. After an hour, a process with the same ID must be a different one. */
const OLD_MS = 3_600_000;

/** Keeps the files of running processes. Resolves with the removed paths, relative to the folder. */
export async function removeAbandonedWrites(lakeDir: string, nowMs: number): Promise<readonly string[]> {
  const removed: string[] = [];
  // Not `recursive`: one folder deleted meanwhile would reject the whole listing.
  const walk = async (folder: string): Promise<void> => {
    const entries = await readdir(join(lakeDir, folder), { withFileTypes: true }).catch(emptyIfMissing);
    for (const entry of entries) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) await walk(path);
      else if (await isAbandoned(join(lakeDir, path), nowMs)) {
        await rm(join(lakeDir, path), { force: true });
        removed.push(path);
      }
    }
  };
  await walk('');
  return removed;
}

async function isAbandoned(path: string, nowMs: number): Promise<boolean> {
  const pid = TEMPORARY_NAME.exec(path)?.[1];
  if (pid === undefined) return false;
  if (!isProcessRunning(Number(pid))) return true;
  try {
    return nowMs - (await stat(path)).mtimeMs > OLD_MS;
  } catch (error) {
    // The write has finished meanwhile.
    if (hasCode(error, 'ENOENT')) return false;
    throw error;
  }
}

function emptyIfMissing(error: unknown): never[] {
  if (hasCode(error, 'ENOENT', 'ENOTDIR')) return [];
  throw error;
}
