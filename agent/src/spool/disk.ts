/**
 * The file operations of a spool: the port, an append-only file, and disk errors.
 *
 * Invariants of the port, as in POSIX: bytes of a file are durable after its datasync(), names
 * (created, renamed, removed) after syncFolder(). A power cut may lose everything else, in any
 * order.
 *
 * system-disk.ts is the adapter for the real file system; tests record, fail and simulate one.
 */
import { hasCode, messageOf } from '@kinetrack/schema';
import { SpoolError } from './spool.ts';

export interface DiskFile {
  readonly name: string;
  readonly bytes: number;
}

export interface Disk {
  /** Creates the folder for this user only, or restricts the permissions of an existing one. */
  prepare(dir: string): Promise<void>;
  /** Rejects with SpoolError `locked` while another opener holds the folder. */
  lock(dir: string): Promise<Lock>;
  /** The files in the folder, in any order. */
  list(dir: string): Promise<readonly DiskFile[]>;
  /** Creates a file that must not exist. */
  create(path: string): Promise<AppendHandle>;
  /** Reads from a position until the buffer is full or the file ends; resolves with the number of bytes. */
  readInto(path: string, buffer: Uint8Array, position: number): Promise<number>;
  /** Replaces an existing target. */
  rename(from: string, to: string): Promise<void>;
  /** Does nothing if the file does not exist. */
  remove(path: string): Promise<void>;
  syncFolder(dir: string): Promise<void>;
}

export interface Lock {
  release(): Promise<void>;
}

/** The part of a FileHandle that AppendFile uses. */
export interface AppendHandle {
  write(
    bytes: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ readonly bytesWritten: number }>;
  datasync(): Promise<void>;
  truncate(length: number): Promise<void>;
  close(): Promise<void>;
}

/**
 * An append-only file; each append is durable once append() has resolved.
 *
 * A descriptor is never trusted again after a failed fdatasync: Linux reports the error once, marks
 * the pages clean, and the next fdatasync succeeds without the data
 * (https://wiki.postgresql.org/wiki/Fsync_Errors).
 */
export class AppendFile {
  #size = 0;
  #trusted: boolean = true;

  constructor(private readonly handle: AppendHandle) {}

  /** Durable bytes. */
  get size(): number {
    return this.#size;
  }

  /** False once the bytes after `size` are unknown: nothing may be appended. */
  get trusted(): boolean {
    return this.#trusted;
  }

  /**
   * Resolves with the offset of the bytes once they are durable. If it rejects, none of them are
   * kept, as far as the disk allows. Calls must not overlap.
   */
  async append(bytes: Uint8Array): Promise<number> {
    if (!this.#trusted)
      throw new Error('the bytes after the end of the file are unknown: write to another file');
    try {
      await this.#write(bytes);
    } catch (error) {
      // A full disk may write a part before it reports ENOSPC.
      this.#trusted = await this.#cutBack();
      throw error;
    }
    try {
      await this.handle.datasync();
    } catch (error) {
      this.#trusted = false;
      await this.#cutBack();
      throw error;
    }
    const at = this.#size;
    this.#size += bytes.length;
    return at;
  }

  close(): Promise<void> {
    return this.handle.close();
  }

  async #write(bytes: Uint8Array): Promise<void> {
    let written = 0;
    while (written < bytes.length) {
      const { bytesWritten } = await this.handle.write(
        bytes,
        written,
        bytes.length - written,
        this.#size + written,
      );
      if (bytesWritten === 0) throw new Error(`the disk accepted only ${written} of ${bytes.length} bytes`);
      written += bytesWritten;
    }
  }

  async #cutBack(): Promise<boolean> {
    try {
      await this.handle.truncate(this.#size);
      return true;
    } catch {
      return false;
    }
  }
}

const NO_PERMISSION = 'this user has no permission to write there; grant it or choose another folder';

/** Remedies by error code of the operating system. */
export const DISK_REMEDIES: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full; free up space',
  EDQUOT: 'the disk quota of this user is used up; free up space',
  EACCES: NO_PERMISSION,
  EPERM: NO_PERMISSION,
  EROFS: 'the disk is mounted read-only; mount it for writing or choose another folder',
  EMFILE: 'too many open files; raise the limit of open files',
  EIO: 'the disk reports an error; check the disk',
};

/** `cannot append to /path: the disk is full; free up space (ENOSPC)` */
export function ioError(action: string, path: string, cause: unknown): SpoolError {
  if (cause instanceof SpoolError) return cause;
  const code = errorCode(cause);
  const remedy = code === undefined ? undefined : DISK_REMEDIES[code];
  return new SpoolError(
    'io',
    `cannot ${action} ${path}: ${remedy ? `${remedy} (${code})` : messageOf(cause)}`,
    { cause },
  );
}

const errorCode = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;

/** Whether the disk or this user's quota is full. */
export const isOutOfSpace = (error: unknown): boolean => hasCode(error, 'ENOSPC', 'EDQUOT');
