/**
 * The file behind the ledger: an append-only log that begins with everything known by then.
 *
 * It is written anew when it is opened, has grown, or a write to it failed; the new file replaces the old one by
 * renaming, so that there is always one whole log.
 */
import { join } from 'node:path';
import { AppendFile } from './append-file.ts';
import type { Disk } from './disk.ts';
import { payloadOf, scanFrames, wholeFramesIn } from './frame.ts';
import { decodeEntry, type LedgerEntry } from './ledger-entry.ts';
import type { Reserve } from './reserve.ts';

export const LOG_NAME = 'ledger.log';
const FRESH_NAME = `${LOG_NAME}.new`;
/** The log may grow by so many bytes before it is written anew. */
const GROWTH_BYTES = 256 * 1024;

export interface LoggedEntry {
  readonly entry: LedgerEntry;
  readonly lastSeq: number;
}

export interface LogContent {
  readonly entries: readonly LoggedEntry[];
  /** Nothing is missing, apart from an entry whose write never finished. */
  readonly isWhole: boolean;
}

export function readLog(bytes: Buffer): LogContent {
  const entries: LoggedEntry[] = [];
  let isWhole = true;
  for (const part of scanFrames(bytes)) {
    if (part.kind === 'frame') {
      const entry = decodeEntry(payloadOf(bytes, part));
      if (entry === undefined) isWhole = false;
      else entries.push({ entry, lastSeq: part.seq });
      continue;
    }
    // A kill or a power cut leaves a part of a frame at the end; whatever else is no frame was one.
    const isTorn = part.end === bytes.length && wholeFramesIn(bytes.subarray(part.at), 0) === 0;
    if (!isTorn) isWhole = false;
  }
  return { entries, isWhole: isWhole && entries.length > 0 };
}

export class LedgerLog {
  readonly #path: string;
  #file: AppendFile | undefined;
  /** An entry may be missing in the file, or stand there although it does not hold. */
  #isBehind: boolean = true;
  #rewriteAt = 0;
  #oldBytes = 0;

  constructor(
    private readonly disk: Disk,
    private readonly dir: string,
    private readonly reserve: Reserve,
  ) {
    this.#path = join(dir, LOG_NAME);
  }

  /** Bytes on the disk. */
  get bytes(): number {
    return this.#file?.size ?? this.#oldBytes;
  }

  /** What an earlier process left: its size is known from the listing. */
  async load(size: number): Promise<LogContent> {
    this.#oldBytes = size;
    const bytes = Buffer.allocUnsafe(size);
    return readLog(bytes.subarray(0, await this.disk.readInto(this.#path, bytes, 0)));
  }

  /** Durable once it resolves. `whole` is what a new file would begin with; it includes the entry. */
  async add(entry: Buffer, whole: () => Buffer): Promise<void> {
    const file = this.#file;
    if (!this.#isBehind && file?.trusted) {
      try {
        if (file.size >= this.#rewriteAt) return await this.rewrite(whole);
      } catch (error) {
        // The old one goes on, and is not tried to be shortened at every entry.
        if (this.#file !== file) throw error;
        this.#rewriteAt = file.size + GROWTH_BYTES;
        this.#isBehind = false;
      }
      try {
        await this.reserve.lend(() => file.append(entry));
        return;
      } catch {
        // Fall through: a fresh file holds this entry as well as all others.
      }
    }
    await this.rewrite(whole);
  }

  /** Once it resolves, the file says what the ledger knows. */
  async catchUp(whole: () => Buffer): Promise<void> {
    if (this.#isBehind) await this.rewrite(whole);
  }

  async rewrite(whole: () => Buffer): Promise<void> {
    this.#isBehind = true;
    await this.reserve.lend(() => this.#replace(whole()));
    this.#isBehind = false;
  }

  async close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    this.#oldBytes = file?.size ?? this.#oldBytes;
    await file?.close().catch(() => undefined);
  }

  async #replace(content: Buffer): Promise<void> {
    const fresh = join(this.dir, FRESH_NAME);
    await this.disk.remove(fresh);
    const file = new AppendFile(await this.disk.create(fresh));
    try {
      await file.append(content);
      // Windows does not rename over a file that is open.
      await this.close();
      await this.disk.rename(fresh, this.#path);
      await this.disk.syncFolder(this.dir);
    } catch (error) {
      await file.close().catch(() => undefined);
      await this.disk.remove(fresh).catch(() => undefined);
      throw error;
    }
    this.#file = file;
    this.#rewriteAt = content.length + GROWTH_BYTES;
  }
}

export const isLogFile = (name: string): boolean => name === LOG_NAME || name === FRESH_NAME;
