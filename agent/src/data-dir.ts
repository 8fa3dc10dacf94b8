/** Where an installation keeps its identity and its queue. */

import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { hasCode } from '@kinetrack/schema';

export interface Host {
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
}

/** The folder that the platform gives to data of one program and one user. */
export function defaultDataDir(
  host: Host = { platform: process.platform, env: process.env, home: homedir() },
): string {
  switch (host.platform) {
    case 'win32':
      return join(host.env.LOCALAPPDATA ?? join(host.home, 'AppData', 'Local'), 'Kinetrack');
    case 'darwin':
      return join(host.home, 'Library', 'Application Support', 'Kinetrack');
    default:
      return join(host.env.XDG_DATA_HOME ?? join(host.home, '.local', 'share'), 'kinetrack');
  }
}

/**
 * Creates the folder, and what is missing above it, for this user alone. Not by mkdir's `recursive`: where a file
 * system refuses a folder with ENOENT, as /proc does, that one tries for ever.
 */
export async function prepareDataDir(dir: string): Promise<void> {
  try {
    await makeFolder(dir);
  } catch (error) {
    if (!hasCode(error, 'ENOENT') || dirname(dir) === dir) throw error;
    await prepareDataDir(dirname(dir));
    await makeFolder(dir);
  }
}

async function makeFolder(dir: string): Promise<void> {
  try {
    await mkdir(dir, { mode: 0o700 });
  } catch (error) {
    if (!hasCode(error, 'EEXIST') || !(await stat(dir)).isDirectory()) throw error;
  }
}

/** The text of a file; null if it does not exist. */
export async function readIfExists(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null;
    throw error;
  }
}

/** Replaces a small file as a whole, for this user alone: after a power cut there is the old one or the new one. */
export async function writeFileAtomically(path: string, text: string): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    const file = await open(temporary, 'w', 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}

/** Windows does not open folders; there the rename is all there is. */
async function syncFolder(dir: string): Promise<void> {
  const folder = await open(dir, 'r').catch(() => null);
  await folder?.sync().catch(() => undefined);
  await folder?.close();
}
