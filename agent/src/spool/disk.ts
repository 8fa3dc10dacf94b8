/**
 * The file operations that a spool needs, and no more: so that tests can stand a recording, failing or
 * simulated disk in the place of the real one.
 *
 * What is durable when, as POSIX has it: bytes of a file after its datasync(); names (created, renamed, removed)
 * after syncFolder(). Everything else may be lost, in any order, at a power cut.
 */
import type { AppendHandle } from './append-file.ts';
import type { Lock } from './lock.ts';

export interface DiskFile {
  readonly name: string;
  readonly bytes: number;
}

export interface Disk {
  /** Creates the folder, for this user alone, or narrows the rights of one that is there. */
  prepare(dir: string): Promise<void>;
  /** Rejects with SpoolError `locked` while another opener holds the folder. */
  lock(dir: string): Promise<Lock>;
  /** The files in the folder, in any order. */
  list(dir: string): Promise<readonly DiskFile[]>;
  /** Creates a file that must not be there yet. */
  create(path: string): Promise<AppendHandle>;
  /** Reads from a position into the buffer, until the buffer or the file ends; resolves with the number of bytes. */
  readInto(path: string, buffer: Uint8Array, position: number): Promise<number>;
  /** Replaces a file that may be there. */
  rename(from: string, to: string): Promise<void>;
  /** Also where the file is not there. */
  remove(path: string): Promise<void>;
  syncFolder(dir: string): Promise<void>;
}
