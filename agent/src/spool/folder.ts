/** Folder operations that outlive a power cut. */
import { chmod, mkdir, open, rename, unlink } from 'node:fs/promises';
import { errorCode } from './io-error.ts';

export const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;

/** Creates the folder, for this user alone, or narrows the rights of one that is there. */
export async function preparePrivateFolder(dir: string): Promise<void> {
  await mkdir(dir, { recursive: true, mode: FOLDER_MODE });
  await chmod(dir, FOLDER_MODE);
}

/** Makes created, renamed and removed names durable: syncing a file does not sync its name. */
export async function syncFolder(dir: string): Promise<void> {
  // Windows neither opens nor syncs folders; NTFS journals names by itself.
  if (process.platform === 'win32') return;
  const handle = await open(dir, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

export async function removeIfThere(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
  }
}

export async function renameDurably(dir: string, from: string, to: string): Promise<void> {
  await rename(from, to);
  await syncFolder(dir);
}
