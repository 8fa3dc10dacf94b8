/**
 * One process per folder. The lock belongs to the kernel: it goes with the process, also at kill -9, and no
 * clock, pid or leftover file has a say in it.
 *
 *  - Linux: an abstract Unix socket (no file; Node 20.4 or newer; per network namespace)
 *  - Windows: a named pipe
 *  - macOS and BSD: a file opened with O_EXLOCK
 *
 * The `owner` file beside it is for messages alone.
 */
import { constants } from 'node:fs';
import { open, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { errorCode, ioError } from './io-error.ts';
import { SpoolError } from './spool.ts';

const FILE_MODE = 0o600;

export interface Lock {
  release(): Promise<void>;
}

/** Rejects with SpoolError `locked` while another opener holds the folder. */
export async function lockFolder(dir: string): Promise<Lock> {
  const ownerPath = join(dir, 'owner');
  const lock = await acquire(dir);
  if (lock === undefined) {
    const owner = await readFile(ownerPath, 'utf8').catch(() => '');
    const who = /^\d+$/.test(owner) ? `process ${owner}` : 'another process';
    throw new SpoolError(
      'locked',
      `the spool ${dir} is in use by ${who}; one process at a time may open it: end that one or choose another folder`,
    );
  }
  // Without a word about the owner on a full disk.
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

/** The same for every path that leads to the folder. */
async function identityOf(dir: string): Promise<string> {
  const { dev, ino } = await stat(dir, { bigint: true });
  return `${dev.toString(36)}-${ino.toString(36)}`;
}

function lockName(name: string): Promise<Lock | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', (error) => {
      if (errorCode(error) === 'EADDRINUSE') resolve(undefined);
      else reject(error);
    });
    server.listen(name, () => {
      server.unref();
      resolve({ release: () => new Promise((done) => server.close(() => done())) });
    });
  });
}

/** open(2) of the BSDs and macOS: takes flock(LOCK_EX) with the open, released with the descriptor. */
const O_EXLOCK = 0x20;

async function lockFile(path: string): Promise<Lock | undefined> {
  try {
    const flags = constants.O_RDWR | constants.O_CREAT | constants.O_NONBLOCK | O_EXLOCK;
    const handle = await open(path, flags, FILE_MODE);
    return { release: () => handle.close() };
  } catch (error) {
    const code = errorCode(error);
    if (code === 'EAGAIN' || code === 'EWOULDBLOCK') return undefined;
    throw error;
  }
}
