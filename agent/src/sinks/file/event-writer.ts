/**
 * Writes lines to one file at a time and finishes it at the end of the UTC hour or at its maximum size.
 *
 * Invariants:
 *  1. Once append() has resolved, its bytes and the name of their file are durable.
 *  2. If append() has rejected, none of its bytes are kept, as far as the disk allows.
 *  3. A finished file has exactly the acknowledged bytes. No existing file is ever opened again.
 *
 * The hour is that of the wall clock at the creation of the file. Any other hour finishes it, also
 * an earlier one: after the clock goes back, there is a new file of the earlier hour with a higher
 * counter.
 */

import { open, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from '@kinetrack/schema';
import type { Runtime } from '../../runtime.ts';
import type { Disk } from '../../spool/disk.ts';
import { AppendFile, ioError } from '../../spool/disk.ts';
import { hourAt, newStem, PART } from './file-name.ts';

export interface EventWriterOptions {
  readonly dir: string;
  readonly rotateBytes: number;
  readonly runtime: Runtime;
  readonly disk: Disk;
  /** Highest counter used in the folder. */
  readonly lastCounter: number;
  readonly onFinished: (name: string, bytes: number) => void;
}

interface OpenFile {
  /** Its name once finished. */
  readonly name: string;
  readonly hour: string;
  readonly file: AppendFile;
}

/** Calls must not overlap. */
export class EventWriter {
  #counter: number;
  #current: OpenFile | undefined;
  /** Complete files that the disk refused to finish. */
  #ending: OpenFile[] = [];

  constructor(private readonly options: EventWriterOptions) {
    this.#counter = options.lastCounter;
  }

  /** Bytes of unfinished files. */
  get bytes(): number {
    return [this.#current, ...this.#ending].reduce((sum, each) => sum + (each?.file.size ?? 0), 0);
  }

  get isOpen(): boolean {
    return this.#current !== undefined || this.#ending.length > 0;
  }

  /**
   * Whole lines with their newlines, at most rotateBytes unless a single line is longer. Rejects with
   * SpoolError `io`.
   */
  async append(bytes: Uint8Array): Promise<void> {
    const { rotateBytes } = this.options;
    await this.finishWhereHourIsOver();
    if (this.#current !== undefined && this.#current.file.size + bytes.length > rotateBytes) {
      await this.finish();
    }
    this.#current ??= await this.#begin();
    const { name, file } = this.#current;
    try {
      await file.append(bytes);
    } catch (error) {
      // The descriptor is no longer reliable; bytes synced before are safe.
      if (!file.trusted) await this.finish().catch(() => undefined);
      throw ioError('append to', join(this.options.dir, name), error);
    }
  }

  /** Also finishes the files of failed earlier calls. */
  async finishWhereHourIsOver(): Promise<void> {
    if (this.#current !== undefined && this.#current.hour !== this.#hour()) this.#endCurrent();
    await this.#finishEnding();
  }

  /** Finishes the current file, if there is one. Rejects with SpoolError `io`; the next call retries. */
  async finish(): Promise<void> {
    this.#endCurrent();
    await this.#finishEnding();
  }

  #endCurrent(): void {
    if (this.#current !== undefined) this.#ending.push(this.#current);
    this.#current = undefined;
  }

  async #begin(): Promise<OpenFile> {
    const { dir, runtime, disk } = this.options;
    const hour = hourAt(runtime.now());
    this.#counter++;
    const name = `${newStem(hour, this.#counter, runtime.uuid())}.jsonl`;
    const path = join(dir, name + PART);
    try {
      const handle = await disk.create(path);
      try {
        await disk.syncFolder(dir);
      } catch (error) {
        await handle.close().catch(() => undefined);
        throw error;
      }
      return { name, hour: `${hour.dt}T${hour.hour}`, file: new AppendFile(handle) };
    } catch (error) {
      await disk.remove(path).catch(() => undefined);
      throw ioError('create', path, error);
    }
  }

  async #finishEnding(): Promise<void> {
    for (let next = this.#ending[0]; next !== undefined; next = this.#ending[0]) {
      const path = join(this.options.dir, next.name);
      try {
        // The handle may be closed already, then close() rejects.
        await next.file.close().catch(() => undefined);
        await this.#finishFile(path, next.file);
      } catch (error) {
        throw ioError('finish', path, error);
      }
      this.#ending.shift();
      if (next.file.size > 0) this.options.onFinished(next.name, next.file.size);
    }
  }

  async #finishFile(path: string, { size, trusted }: AppendFile): Promise<void> {
    const { dir, disk } = this.options;
    if (size === 0) {
      await disk.remove(path + PART);
      return;
    }
    try {
      if (!trusted) await cutTo(path + PART, size);
      await disk.rename(path + PART, path);
    } catch (error) {
      // An earlier call has renamed it already, or another program removed it.
      if (!hasCode(error, 'ENOENT')) throw error;
    }
    await disk.syncFolder(dir);
  }

  #hour(): string {
    const { dt, hour } = hourAt(this.options.runtime.now());
    return `${dt}T${hour}`;
  }
}

/** Through a new descriptor, because the old one failed. */
export async function cutTo(path: string, bytes: number): Promise<void> {
  await truncate(path, bytes);
  const handle = await open(path, 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
