/** The data directory of an installation: device identity and queue. */

import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { hasCode } from '@kinetrack/schema';

export interface Host {
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
}

/** The platform's directory for the data of one program and one user. */
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
 * Creates the folder and its missing parents, for this user only. Does not use `recursive` of
 * mkdir: it loops forever on file systems that refuse a folder with ENOENT, such as /proc.
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

/** Renames an unreadable file, never deletes it; resolves with the new path. */
export async function setAside(path: string, nowMs: number): Promise<string> {
  const aside = `${path}.unreadable-${nowMs}`;
  await rename(path, aside);
  return aside;
}

/**
 * Replaces a small file atomically, readable by this user only: after a power cut, either the old or the
 * new file exists.
 */
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

/** Windows cannot open folders; there the rename has to suffice. */
async function syncFolder(dir: string): Promise<void> {
  const folder = await open(dir, 'r').catch(() => null);
  await folder?.sync().catch(() => undefined);
  await folder?.close();
}
