/** The segments of a spool, oldest first, and the file that the newest is written through. */
import { AppendFile, type CreateFile } from './append-file.ts';
import { removeIfThere, syncFolder } from './folder.ts';
import { Segment } from './segment.ts';

/** A record on its way to the disk. */
export interface EncodedRecord {
  readonly id: number;
  readonly frame: Buffer;
}

export class SegmentList {
  #segments: readonly Segment[];
  #file: AppendFile | undefined;
  #nextIndex: number;

  constructor(
    private readonly dir: string,
    private readonly segmentBytes: number,
    private readonly create: CreateFile,
    segments: readonly Segment[],
  ) {
    this.#segments = segments;
    this.#nextIndex = (segments.at(-1)?.index ?? 0) + 1;
  }

  get all(): readonly Segment[] {
    return this.#segments;
  }

  /** Bytes on the disk that nobody needs any more although their segment is still written to. */
  get settledBytesInNewest(): number {
    return this.#segments.at(-1)?.pending.size === 0 ? (this.#file?.size ?? 0) : 0;
  }

  /**
   * From here on, writes go to a new file, whose name makes lastSeq durable. Where this fails, the old file is
   * done with all the same: a new one that was half made would void what the old one took after it.
   */
  async start(lastSeq: number): Promise<AppendFile> {
    await this.close();
    const segment = new Segment(this.dir, this.#nextIndex, lastSeq);
    this.#nextIndex++;
    const file = new AppendFile(await this.create(segment.path));
    try {
      await syncFolder(this.dir);
    } catch (error) {
      await file.close();
      throw error;
    }
    this.#file = file;
    this.#segments = [...this.#segments, segment];
    return file;
  }

  /** Durable once it resolves; none of the records is accepted where it rejects. */
  async write(records: readonly EncodedRecord[], lastSeq: number): Promise<void> {
    const bytes = Buffer.concat(records.map(({ frame }) => frame));
    let at = await this.#append(bytes, lastSeq);
    for (const { id, frame } of records) {
      this.#segments.at(-1)?.add({ id, at, end: at + frame.length });
      at += frame.length;
    }
  }

  /** Deletes segments without pending records; the newest stays. */
  async deleteSettled(): Promise<void> {
    const settled = this.#segments.slice(0, -1).filter(({ pending }) => pending.size === 0);
    if (settled.length === 0) return;
    for (const { path } of settled) await removeIfThere(path);
    await syncFolder(this.dir);
    this.#segments = this.#segments.filter((segment) => !settled.includes(segment));
  }

  async close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    // Everything accepted is synced: whatever closing has to report concerns nobody.
    await file?.close().catch(() => undefined);
  }

  /** Where the bytes begin in the newest segment. */
  async #append(bytes: Buffer, lastSeq: number): Promise<number> {
    let file = this.#file;
    if (!file?.trusted || (file.size > 0 && file.size + bytes.length > this.segmentBytes)) {
      file = await this.start(lastSeq);
    }
    try {
      return await file.append(bytes);
    } catch (error) {
      if (file.trusted) throw error;
      return await (await this.start(lastSeq)).append(bytes);
    }
  }
}
