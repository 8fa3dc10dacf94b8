/**
 * Writes lines to one file at a time and finishes it by the UTC hour and by size.
 *
 * Invariants:
 *  1. Once append() has resolved, its bytes and the name of their file are durable.
 *  2. Where append() has rejected, none of its bytes stay, as far as the disk allows.
 *  3. A finished file is exactly the bytes that were acknowledged; no file of a folder is ever opened again.
 *
 * The hour is that of the wall clock while the file is begun. Any other hour ends it, also an earlier one: after a
 * jump back there is a new file of the earlier hour, with a higher counter.
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
  /** The highest counter that the folder has seen. */
  readonly lastCounter: number;
  readonly onFinished: (name: string, bytes: number) => void;
}

interface OpenFile {
  /** As it will be called once it is finished. */
  readonly name: string;
  readonly hour: string;
  readonly file: AppendFile;
}

/** One call at a time. */
export class EventWriter {
  #counter: number;
  #current: OpenFile | undefined;
  /** No longer written to, and not finished yet because the disk refused. */
  #ending: OpenFile[] = [];

  constructor(private readonly options: EventWriterOptions) {
    this.#counter = options.lastCounter;
  }

  /** Bytes in files that are not finished. */
  get bytes(): number {
    return [this.#current, ...this.#ending].reduce((sum, each) => sum + (each?.file.size ?? 0), 0);
  }

  get isOpen(): boolean {
    return this.#current !== undefined || this.#ending.length > 0;
  }

  /** Whole lines with their newlines, at most rotateBytes but for a single longer one. Rejects with SpoolError `io`. */
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
      // What the descriptor tells from here on is worth nothing; what was synced before is safe.
      if (!file.trusted) await this.finish().catch(() => undefined);
      throw ioError('append to', join(this.options.dir, name), error);
    }
  }

  /** Also ends what an earlier call could not. */
  async finishWhereHourIsOver(): Promise<void> {
    if (this.#current !== undefined && this.#current.hour !== this.#hour()) this.#endCurrent();
    await this.#finishEnding();
  }

  /** Finishes the file in writing, where there is one. Rejects with SpoolError `io`; the next call tries again. */
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
        // A second close() of a handle rejects and does no harm.
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
      // The previous call has renamed it already, or another program removed it.
      if (!hasCode(error, 'ENOENT')) throw error;
    }
    await disk.syncFolder(dir);
  }

  #hour(): string {
    const { dt, hour } = hourAt(this.options.runtime.now());
    return `${dt}T${hour}`;
  }
}

/** By another descriptor than the one that failed. */
export async function cutTo(path: string, bytes: number): Promise<void> {
  await truncate(path, bytes);
  const handle = await open(path, 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
