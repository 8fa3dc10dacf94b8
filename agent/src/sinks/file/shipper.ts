/**
 * Processes finished files: compresses them, uploads them, and deletes them once S3 has confirmed
 * them. Oldest first, one at a time, independently of send().
 *
 * After a connection fault, nothing more is uploaded in that round, since the next file would fail
 * too. A fault of one file does not stop the others. In both cases the next round follows after a
 * random wait, which doubles up to five minutes.
 */
import { createReadStream } from 'node:fs';
import { mkdir, open, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { backoffMs, type ConnectionFault, hasCode } from '@kinetrack/schema';
import type { Runtime } from '../../runtime.ts';
import { ioError, isOutOfSpace } from '../../spool/disk.ts';
import { SpoolError } from '../../spool/spool.ts';
import { systemDisk } from '../../spool/system-disk.ts';
import { byAge, FILE_MODE, JOURNAL, PART, parseFileName } from './file-name.ts';
import { UPLOADED } from './recover-folder.ts';
import { UnconfirmedUploadError } from './s3-uploader.ts';

/** Why finished files are still in the folder. */
export interface ShippingError {
  readonly fault: ConnectionFault;
  /** One sentence with the remedy. */
  readonly reason: string;
}

export interface ShipperOptions {
  readonly dir: string;
  readonly runtime: Runtime;
  readonly compress: boolean;
  /** Resolves once the file is confirmed; undefined if files stay here. */
  readonly upload?: (name: string, bytes: number, signal: AbortSignal) => Promise<void>;
  readonly deleteAfterUpload: boolean;
  readonly diagnose: (error: unknown) => ShippingError;
}

interface FinishedFile {
  readonly name: string;
  readonly bytes: number;
}

const BASE_DELAY_MS = 1000;
const MAX_DELAY_MS = 5 * 60_000;
const FOLDER_MODE = 0o700;

export class Shipper {
  /** Finished files waiting for compression or upload, with their sizes. */
  readonly #pending = new Map<string, number>();
  /** Files that stay, because there is no upload. */
  readonly #kept = new Map<string, number>();
  readonly #closing = new AbortController();
  #failedRounds = 0;
  #lastError: ShippingError | null = null;
  #running: Promise<void> | undefined;
  /** Ends the current wait; undefined during a round. */
  #wake: (() => void) | undefined;

  constructor(private readonly options: ShipperOptions) {}

  get pendingFiles(): number {
    return this.#pending.size;
  }

  get pendingBytes(): number {
    return sum(this.#pending);
  }

  /** Bytes of all finished files. */
  get storedBytes(): number {
    return sum(this.#pending) + sum(this.#kept);
  }

  /** The last failure; null once a file has succeeded since. */
  get lastError(): ShippingError | null {
    return this.#lastError;
  }

  add(name: string, bytes: number): void {
    this.#file({ name, bytes });
    this.#start();
  }

  /** Ends a wait after a failure. */
  retryNow(): void {
    this.#wake?.();
  }

  /** Removes files from the count that another program deleted. */
  async recount(): Promise<void> {
    for (const files of [this.#pending, this.#kept]) {
      for (const name of [...files.keys()]) {
        if ((await this.#sizeOf(name)) === undefined) files.delete(name);
      }
    }
  }

  /** Interrupts the current step; the next start continues it. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#wake?.();
    await this.#running;
  }

  #start(): void {
    if (this.#running !== undefined || this.#isClosed || this.#pending.size === 0) return;
    this.#running = this.#run().finally(() => {
      this.#running = undefined;
      // For files added since the last check of #pending.
      this.#start();
    });
  }

  get #isClosed(): boolean {
    return this.#closing.signal.aborted;
  }

  async #run(): Promise<void> {
    // Several files may finish in one turn: collect them, oldest first.
    await Promise.resolve();
    while (!this.#isClosed && this.#pending.size > 0) {
      if (await this.#round()) this.#failedRounds = 0;
      else if (!this.#isClosed) await this.#backOff();
    }
  }

  /** Returns whether all steps succeeded. */
  async #round(): Promise<boolean> {
    let isWell = true;
    let isReachable = true;
    for (const name of [...this.#pending.keys()].sort(byAge)) {
      if (this.#isClosed) return false;
      try {
        // Files that wait for the connection are compressed meanwhile.
        if (!isReachable && this.#nextStep(name) === 'upload') continue;
        await this.#ship(name, isReachable);
        if (isWell) this.#lastError = null;
      } catch (error) {
        if (this.#isClosed) return false;
        isReachable &&= isAboutOneFile(error);
        if (isWell || !isReachable) this.#lastError = this.#explain(error);
        isWell = false;
      }
    }
    return isWell;
  }

  async #ship(name: string, canUpload: boolean): Promise<void> {
    const bytes = await this.#sizeOf(name);
    if (bytes === undefined) {
      // Another program deleted it.
      this.#pending.delete(name);
      return;
    }
    const last = this.#nextStep(name) === 'compress' ? await this.#compress(name, bytes) : { name, bytes };
    if (canUpload && this.#nextStep(last.name) === 'upload') await this.#upload(last);
  }

  async #compress(name: string, bytes: number): Promise<FinishedFile> {
    const { dir } = this.options;
    let compressed: FinishedFile;
    try {
      compressed = await compressFile(dir, name, this.#closing.signal);
    } catch (error) {
      const isFull = isOutOfSpace(error);
      if (!isFull || this.options.upload === undefined) throw ioError('compress', join(dir, name), error);
      // Only the upload frees space, so it must not wait for space. The new name is permanent:
      // uploaded in two forms under two keys, the events would arrive twice.
      compressed = { name: name.replace(/\.jsonl$/, '.plain.jsonl'), bytes };
      await this.#rename(name, compressed.name);
    }
    this.#pending.delete(name);
    this.#file(compressed);
    return compressed;
  }

  async #upload({ name, bytes }: FinishedFile): Promise<void> {
    const { dir, upload, deleteAfterUpload } = this.options;
    const path = join(dir, name);
    await upload?.(name, bytes, this.#closing.signal);
    try {
      if (deleteAfterUpload) {
        await systemDisk.remove(path);
      } else {
        await mkdir(join(dir, UPLOADED), { recursive: true, mode: FOLDER_MODE });
        await this.#rename(name, join(UPLOADED, name));
        await systemDisk.syncFolder(join(dir, UPLOADED));
      }
      // The journal is removed after the file: while it exists, a completed upload is not sent again.
      await systemDisk.remove(path + JOURNAL);
      await systemDisk.syncFolder(dir);
    } catch (error) {
      throw ioError(deleteAfterUpload ? 'delete' : 'move', path, error);
    }
    this.#pending.delete(name);
  }

  async #rename(from: string, to: string): Promise<void> {
    const { dir } = this.options;
    try {
      await rename(join(dir, from), join(dir, to));
      await systemDisk.syncFolder(dir);
    } catch (error) {
      throw ioError('rename', join(dir, from), error);
    }
  }

  #file({ name, bytes }: FinishedFile): void {
    (this.#nextStep(name) === 'keep' ? this.#kept : this.#pending).set(name, bytes);
  }

  #nextStep(name: string): 'compress' | 'upload' | 'keep' {
    if (this.options.compress && parseFileName(name)?.kind === 'jsonl') return 'compress';
    return this.options.upload === undefined ? 'keep' : 'upload';
  }

  async #sizeOf(name: string): Promise<number | undefined> {
    const path = join(this.options.dir, name);
    try {
      return (await stat(path)).size;
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return undefined;
      throw ioError('read', path, error);
    }
  }

  #explain(error: unknown): ShippingError {
    if (error instanceof SpoolError) return { fault: 'storage_fault', reason: error.message };
    if (error instanceof UnconfirmedUploadError) return { fault: 'unknown', reason: error.message };
    return this.options.diagnose(error);
  }

  #backOff(): Promise<void> {
    this.#failedRounds++;
    const waitMs = backoffMs(this.#failedRounds, {
      baseMs: BASE_DELAY_MS,
      maxMs: MAX_DELAY_MS,
      random: () => this.options.runtime.random(),
    });
    return new Promise((resolve) => {
      const end = () => {
        timer.cancel();
        this.#wake = undefined;
        resolve();
      };
      const timer = this.options.runtime.after(waitMs, end);
      this.#wake = end;
    });
  }
}

const isAboutOneFile = (error: unknown): boolean =>
  error instanceof SpoolError || error instanceof UnconfirmedUploadError;

const sum = (files: ReadonlyMap<string, number>): number =>
  [...files.values()].reduce((total, bytes) => total + bytes, 0);

/**
 * Compresses a finished file into another one before the upload: only an unchanging file can be
 * resumed, has a known size, and can be compared with the object.
 *
 * Replaces `NAME.jsonl` with `NAME.jsonl.gz`; resolves with the new file once it is durable and the
 * old one is deleted. Can be interrupted and called again. In memory: one window of gzip.
 */
async function compressFile(
  dir: string,
  name: string,
  signal: AbortSignal,
): Promise<{ readonly name: string; readonly bytes: number }> {
  const source = join(dir, name);
  const target = `${source}.gz`;
  const temporary = target + PART;
  await systemDisk.remove(temporary);
  try {
    const handle = await open(temporary, 'wx', FILE_MODE);
    try {
      const gzip = createGzip();
      let refusal: unknown;
      const write = async (chunks: AsyncIterable<Buffer>) => {
        for await (const chunk of chunks) {
          await handle.appendFile(chunk).catch((error: unknown) => {
            refusal = error;
            throw error;
          });
        }
      };
      // For a disk error, the pipeline only reports that it was aborted.
      await pipeline(createReadStream(source), gzip, write, { signal }).catch((error: unknown) => {
        throw refusal ?? error;
      });
      const { size } = await stat(source);
      if (gzip.bytesWritten !== size) {
        throw new Error(`read only ${gzip.bytesWritten} of ${size} bytes of ${source}`);
      }
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, target);
    await systemDisk.syncFolder(dir);
  } catch (error) {
    // Frees the space, which may have been the problem.
    await systemDisk.remove(temporary).catch(() => undefined);
    throw error;
  }
  await systemDisk.remove(source);
  await systemDisk.syncFolder(dir);
  return { name: `${name}.gz`, bytes: (await stat(target)).size };
}
