/** The real file system behind the Disk port. */
import { chmod, mkdir, open, readdir, rename, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Disk, DiskFile } from './disk.ts';
import { errorCode } from './io-error.ts';
import { lockFolder } from './lock.ts';

const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;

export const systemDisk: Disk = {
  async prepare(dir) {
    await mkdir(dir, { recursive: true, mode: FOLDER_MODE });
    await chmod(dir, FOLDER_MODE);
  },

  lock: lockFolder,

  async list(dir) {
    const files: DiskFile[] = [];
    for (const entry of await readdir(dir, { withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const { size } = await stat(join(dir, entry.name));
      files.push({ name: entry.name, bytes: size });
    }
    return files;
  },

  create: (path) => open(path, 'wx', FILE_MODE),

  async readInto(path, buffer, position) {
    const handle = await open(path, 'r');
    try {
      let length = 0;
      while (length < buffer.length) {
        const { bytesRead } = await handle.read(buffer, length, buffer.length - length, position + length);
        if (bytesRead === 0) break;
        length += bytesRead;
      }
      return length;
    } finally {
      await handle.close();
    }
  },

  rename,

  async remove(path) {
    try {
      await unlink(path);
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') throw error;
    }
  },

  async syncFolder(dir) {
    // Windows neither opens nor syncs folders; NTFS journals names by itself.
    if (process.platform === 'win32') return;
    const handle = await open(dir, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  },
};
