/**
 * What a process was writing when it was killed lies beside the object under a temporary name, which no listing shows:
 * a deletion that reads objects would leave the person's events there.
 */
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from '@kinetrack/schema';
import { isAlive } from '../is-alive.ts';

/** `a.json.gz.4711-1.writing`: the process, and its how many-th write; FileObjectStore gives these names. */
const TEMPORARY = /\.(\d+)-\d+\.writing$/;
/** A write takes seconds: after this its process is another one that has got the same number. */
const OLD_MS = 3_600_000;

/** Removes them; those of processes that run stay. Resolves with their paths below the folder. */
export async function removeAbandonedWrites(lakeDir: string, nowMs: number): Promise<readonly string[]> {
  const removed: string[] = [];
  // With `recursive`, a folder that disappears while it is read would reject the whole listing.
  const walk = async (folder: string): Promise<void> => {
    const entries = await readdir(join(lakeDir, folder), { withFileTypes: true }).catch(noneWhereMissing);
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
  const pid = TEMPORARY.exec(path)?.[1];
  if (pid === undefined) return false;
  if (!isAlive(Number(pid))) return true;
  try {
    return nowMs - (await stat(path)).mtimeMs > OLD_MS;
  } catch (error) {
    // Finished meanwhile.
    if (hasCode(error, 'ENOENT')) return false;
    throw error;
  }
}

function noneWhereMissing(error: unknown): never[] {
  if (hasCode(error, 'ENOENT', 'ENOTDIR')) return [];
  throw error;
}
