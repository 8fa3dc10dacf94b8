/**
 * A disk in memory that keeps a record of everything done to it, so that `crash-states.ts` can tell what a power
 * cut would have left at any moment. It can also be too small, and fail where a test says so.
 */
import { posix } from 'node:path';
import type { AppendHandle, Disk, DiskFile, Lock } from '../../../agent/src/spool/disk.ts';
import { SpoolError } from '../../../agent/src/spool/spool.ts';
import { diskError } from './faulty-disk.ts';

/** What changed the disk, in the order in which it was done. `file` outlives names: a rename changes none. */
export type DiskOperation =
  | { readonly kind: 'create'; readonly path: string; readonly file: number }
  | { readonly kind: 'write'; readonly file: number; readonly at: number; readonly bytes: Buffer }
  | { readonly kind: 'truncate'; readonly file: number; readonly length: number }
  /** Covers the first so many operations: those that were done when it was called. */
  | { readonly kind: 'datasync'; readonly file: number; readonly covers: number }
  /** After this no sync of the file says anything about what was written before. */
  | { readonly kind: 'syncFailed'; readonly file: number }
  | { readonly kind: 'rename'; readonly from: string; readonly to: string; readonly file: number }
  | { readonly kind: 'remove'; readonly path: string }
  | { readonly kind: 'syncFolder'; readonly dir: string; readonly covers: number };

export type DiskCall = DiskOperation['kind'] | 'list' | 'readInto';

/** The files of a disk: path to content. */
export type DiskContent = ReadonlyMap<string, Buffer>;

export interface MemoryDiskOptions {
  /** @defaultValue an empty disk */
  readonly content?: DiskContent;
  /** Gives every call a turn of the event loop, as a real disk does: others run in between. @defaultValue false */
  readonly slow?: boolean;
}

export class MemoryDisk implements Disk {
  /** Bytes that all files together may have. A write that does not fit comes short, the next one fails. */
  capacityBytes = Infinity;
  /** Called before each operation; throws to make it fail. */
  before: ((call: DiskCall, path: string) => void) | null = null;
  readonly operations: DiskOperation[] = [];
  /** What was on it before the first operation, all of it durable; files are numbered in this order. */
  readonly initial: DiskContent;

  readonly #files: Buffer[] = [];
  readonly #names = new Map<string, number>();
  readonly #locked = new Set<string>();
  readonly #slow: boolean;

  constructor({ content = new Map(), slow = false }: MemoryDiskOptions = {}) {
    this.#slow = slow;
    this.initial = content;
    for (const [path, bytes] of content) this.#names.set(path, this.#files.push(Buffer.from(bytes)) - 1);
  }

  /** The files as they are, whether synced or not: what a killed process leaves. */
  get content(): DiskContent {
    return new Map([...this.#names].map(([path, file]) => [path, this.#bytesOf(file)]));
  }

  /** Something may go wrong at the moment. */
  get isDisturbed(): boolean {
    return this.before !== null || this.capacityBytes !== Infinity;
  }

  get usedBytes(): number {
    return [...this.#names.values()].reduce((sum, file) => sum + this.#bytesOf(file).length, 0);
  }

  async prepare(): Promise<void> {}

  async lock(dir: string): Promise<Lock> {
    if (this.#locked.has(dir)) throw new SpoolError('locked', `${dir} is locked: one process at a time`);
    this.#locked.add(dir);
    return {
      release: async () => {
        this.#locked.delete(dir);
      },
    };
  }

  async list(dir: string): Promise<readonly DiskFile[]> {
    await this.#turn('list', dir);
    return [...this.#names]
      .filter(([path]) => posix.dirname(path) === dir)
      .map(([path, file]) => ({ name: posix.basename(path), bytes: this.#bytesOf(file).length }));
  }

  async create(path: string): Promise<AppendHandle> {
    await this.#turn('create', path);
    if (this.#names.has(path)) throw diskError('EEXIST');
    const file = this.#files.push(Buffer.alloc(0)) - 1;
    this.#names.set(path, file);
    this.operations.push({ kind: 'create', path, file });
    return {
      write: async (bytes, offset, length, position) => {
        await this.#turn('write', path);
        return {
          bytesWritten: this.#write(file, Buffer.from(bytes.subarray(offset, offset + length)), position),
        };
      },
      datasync: async () => {
        const covers = this.operations.length;
        try {
          await this.#turn('datasync', path);
        } catch (error) {
          this.operations.push({ kind: 'syncFailed', file });
          throw error;
        }
        this.operations.push({ kind: 'datasync', file, covers });
      },
      truncate: async (length) => {
        await this.#turn('truncate', path);
        this.#files[file] = truncated(this.#bytesOf(file), length);
        this.operations.push({ kind: 'truncate', file, length });
      },
      close: async () => {},
    };
  }

  async readInto(path: string, buffer: Uint8Array, position: number): Promise<number> {
    await this.#turn('readInto', path);
    const part = this.#bytesOf(this.#fileAt(path)).subarray(position, position + buffer.length);
    buffer.set(part);
    return part.length;
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#turn('rename', from);
    const file = this.#fileAt(from);
    this.#names.delete(from);
    this.#names.set(to, file);
    this.operations.push({ kind: 'rename', from, to, file });
  }

  async remove(path: string): Promise<void> {
    await this.#turn('remove', path);
    if (this.#names.delete(path)) this.operations.push({ kind: 'remove', path });
  }

  async syncFolder(dir: string): Promise<void> {
    const covers = this.operations.length;
    await this.#turn('syncFolder', dir);
    this.operations.push({ kind: 'syncFolder', dir, covers });
  }

  /** Before the operation is done and recorded: what its caller does on its success comes after the record. */
  async #turn(call: DiskCall, path: string): Promise<void> {
    if (this.#slow) await new Promise((resolve) => setImmediate(resolve));
    this.before?.(call, path);
  }

  #write(file: number, bytes: Buffer, at: number): number {
    const old = this.#bytesOf(file);
    const growth = Math.max(0, at + bytes.length - old.length);
    const fitting = bytes.subarray(
      0,
      bytes.length - Math.max(0, growth - (this.capacityBytes - this.usedBytes)),
    );
    if (fitting.length === 0 && bytes.length > 0) throw diskError('ENOSPC');
    this.#files[file] = written(old, at, fitting);
    this.operations.push({ kind: 'write', file, at, bytes: fitting });
    return fitting.length;
  }

  #fileAt(path: string): number {
    const file = this.#names.get(path);
    if (file === undefined) throw diskError('ENOENT');
    return file;
  }

  #bytesOf(file: number): Buffer {
    return this.#files[file] ?? Buffer.alloc(0);
  }
}

/** The content with bytes at a place; a hole before them reads as zeros. */
export function written(old: Buffer, at: number, bytes: Uint8Array): Buffer {
  const next = Buffer.alloc(Math.max(old.length, at + bytes.length));
  next.set(old);
  next.set(bytes, at);
  return next;
}

/** Cut, or made longer by zeros. */
export const truncated = (old: Buffer, length: number): Buffer =>
  length <= old.length ? old.subarray(0, length) : written(old, length, Buffer.alloc(0));
