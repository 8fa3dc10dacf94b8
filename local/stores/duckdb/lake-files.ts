/** What lies in the folder of a table. */
import { readdir, stat } from 'node:fs/promises';
import type { LakeTable } from '@kinetrack/schema';
import { hasCode } from '@kinetrack/schema';
import { endingOf } from './views.ts';

/** Files of a table, ascending; stops early with `first`. A folder that is not there has none. */
export async function filesOf(table: LakeTable, root: string, first = false): Promise<readonly string[]> {
  const ending = endingOf(table);
  const found: string[] = [];
  const walk = async (folder: string, depth: number): Promise<void> => {
    const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
      if (isMissing(error)) return [];
      throw error;
    });
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (first && found.length > 0) return;
      const path = `${folder}/${entry.name}`;
      if (depth === 0 && entry.isFile() && entry.name.endsWith(ending)) found.push(path);
      const partition = table.partitions[table.partitions.length - depth]?.name;
      if (depth > 0 && entry.isDirectory() && entry.name.startsWith(`${partition}=`))
        await walk(path, depth - 1);
    }
  };
  await walk(`${root}/${table.prefix.replace(/\/$/, '')}`, table.partitions.length);
  return found;
}

/** Size and time of change: tells whether a file is still the one that was looked at. Undefined where it is gone. */
export async function fingerprintOf(path: string): Promise<string | undefined> {
  try {
    const { size, mtimeMs } = await stat(path);
    return `${size}:${mtimeMs}`;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

const isMissing = (error: unknown): boolean => hasCode(error, 'ENOENT', 'ENOTDIR');
