/**
 * The Disk port on the real file system, and its lock.
 *
 * One process per folder. The kernel owns the lock: it ends with the process, even with kill -9,
 * independently of clocks, pids and leftover files.
 *
 *  - Linux: an abstract Unix socket (no file; Node 20.4 or newer; per network namespace)
 *  - Windows: a named pipe
 *  - macOS and BSD: a file opened with O_EXLOCK
 *
 * The `owner` file in the folder is used only for error messages.
 */

import { constants } from 'node:fs';
import { chmod, mkdir, open, readdir, readFile, rename, stat, unlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { hasCode } from '@kinetrack/schema';
import { type Disk, type DiskFile, ioError, type Lock } from './disk.ts';
import { SpoolError } from './spool.ts';

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
      if (!hasCode(error, 'ENOENT')) throw error;
    }
  },

  async syncFolder(dir) {
    // Windows cannot open or sync folders; NTFS journals names.
    if (process.platform === 'win32') return;
    const handle = await open(dir, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  },
};

/** Rejects with SpoolError `locked` while another opener holds the folder. */
export async function lockFolder(dir: string): Promise<Lock> {
  const ownerPath = join(dir, 'owner');
  const lock = await acquire(dir);
  if (lock === undefined) {
    const owner = await readFile(ownerPath, 'utf8').catch(() => '');
    const who = /^\d+$/.test(owner) ? `process ${owner}` : 'another process';
    throw new SpoolError(
      'locked',
      `the spool ${dir} is in use by ${who}; only one process may open it: stop that process or choose another folder`,
    );
  }
  // On a full disk, the error message has no owner.
  await writeFile(ownerPath, String(process.pid), { mode: FILE_MODE }).catch(() => undefined);
  return lock;
}

async function acquire(dir: string): Promise<Lock | undefined> {
  try {
    if (process.platform === 'linux') return await lockName(`\0kinetrack-spool-${await identityOf(dir)}`);
    if (process.platform === 'win32') {
      return await lockName(`\\\\.\\pipe\\kinetrack-spool-${await identityOf(dir)}`);
    }
    return await lockFile(join(dir, 'lock'));
  } catch (error) {
    throw ioError('lock', dir, error);
  }
}

/** The same for every path to the folder. */
async function identityOf(dir: string): Promise<string> {
  const { dev, ino } = await stat(dir, { bigint: true });
  return `${dev.toString(36)}-${ino.toString(36)}`;
}

function lockName(name: string): Promise<Lock | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', (error) => {
      if (hasCode(error, 'EADDRINUSE')) resolve(undefined);
      else reject(error);
    });
    server.listen(name, () => {
      server.unref();
      resolve({ release: () => new Promise((done) => server.close(() => done())) });
    });
  });
}

/** open(2) of BSD and macOS: acquires flock(LOCK_EX) with the open, released with the descriptor. */
const O_EXLOCK = 0x20;

async function lockFile(path: string): Promise<Lock | undefined> {
  try {
    const flags = constants.O_RDWR | constants.O_CREAT | constants.O_NONBLOCK | O_EXLOCK;
    const handle = await open(path, flags, FILE_MODE);
    return { release: () => handle.close() };
  } catch (error) {
    if (hasCode(error, 'EAGAIN', 'EWOULDBLOCK')) return undefined;
    throw error;
  }
}
