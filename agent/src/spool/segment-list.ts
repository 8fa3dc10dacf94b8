/** The segments of a spool, oldest first, and the file that the newest is written through. */
import { AppendFile } from './append-file.ts';
import type { Disk } from './disk.ts';
import type { IdRange } from './id-ranges.ts';
import type { KeyRing } from './keys/key-ring.ts';
import { Segment } from './segment.ts';
import { SegmentCipher } from './segment-cipher.ts';
import type { WaitingRecord } from './waiting-append.ts';

interface Newest {
  readonly segment: Segment;
  readonly file: AppendFile;
  readonly cipher: SegmentCipher;
}

export class SegmentList {
  #segments: readonly Segment[];
  #newest: Newest | undefined;
  #nextIndex: number;

  constructor(
    private readonly disk: Disk,
    private readonly dir: string,
    private readonly segmentBytes: number,
    private readonly keys: KeyRing,
    segments: readonly Segment[],
  ) {
    this.#segments = segments;
    this.#nextIndex = (segments.at(-1)?.index ?? 0) + 1;
  }

  get all(): readonly Segment[] {
    return this.#segments;
  }

  /** Bytes of all files. */
  get bytes(): number {
    return this.#segments.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Bytes on the disk that nobody needs any more although theirs is the newest segment. */
  get settledBytesInNewest(): number {
    const newest = this.#segments.at(-1);
    return newest?.pendingRecords === 0 ? newest.bytes : 0;
  }

  /** The segment in which this id would stand. */
  find(id: number): Segment | undefined {
    let low = 0;
    let high = this.#segments.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#segments[middle]?.base ?? 0) < id) low = middle + 1;
      else high = middle;
    }
    return this.#segments[low - 1];
  }

  pendingRanges(): readonly IdRange[] {
    return this.#segments.flatMap((segment) => segment.pendingRanges());
  }

  /**
   * From here on, writes go to a new file, whose name makes lastSeq durable. Where this fails, the old file is
   * done with all the same: a new one that was half made would void what the old one took after it.
   */
  async start(lastSeq: number): Promise<Newest> {
    await this.close();
    const key = this.keys.current;
    const segment = new Segment(this.dir, this.#nextIndex, lastSeq, key.id);
    this.#nextIndex++;
    const file = new AppendFile(await this.disk.create(segment.path));
    try {
      await this.disk.syncFolder(this.dir);
    } catch (error) {
      await file.close();
      throw error;
    }
    this.#newest = { segment, file, cipher: new SegmentCipher(key, segment.index) };
    this.#segments = [...this.#segments, segment];
    return this.#newest;
  }

  /** Durable once it resolves; none of the records is accepted where it rejects. They go on from lastSeq. */
  async write(records: readonly WaitingRecord[], lastSeq: number): Promise<void> {
    const total = records.reduce((sum, { bytes }) => sum + bytes, 0);
    let newest = this.#newest;
    if (newest === undefined || !this.#takes(newest, total, lastSeq)) newest = await this.start(lastSeq);
    try {
      await append(newest, records, total);
    } catch (error) {
      if (newest.file.trusted) throw error;
      await append(await this.start(lastSeq), records, total);
    }
  }

  /** Deletes segments without pending records; the newest stays. */
  deleteSettled(): Promise<void> {
    return this.delete(this.#segments.slice(0, -1).filter(({ pendingRecords }) => pendingRecords === 0));
  }

  async delete(segments: readonly Segment[]): Promise<void> {
    if (segments.length === 0) return;
    if (this.#newest !== undefined && segments.includes(this.#newest.segment)) await this.close();
    for (const { path } of segments) await this.disk.remove(path);
    await this.disk.syncFolder(this.dir);
    this.#segments = this.#segments.filter((segment) => !segments.includes(segment));
  }

  async close(): Promise<void> {
    const newest = this.#newest;
    this.#newest = undefined;
    newest?.segment.seal();
    // Everything accepted is synced: whatever closing has to report concerns nobody.
    await newest?.file.close().catch(() => undefined);
  }

  /** A segment's ids follow each other from its base on, also where seqs were skipped meanwhile. */
  #takes({ segment, file }: Newest, bytes: number, lastSeq: number): boolean {
    if (!file.trusted || segment.nextId !== lastSeq + 1) return false;
    return file.size === 0 || file.size + bytes <= this.segmentBytes;
  }
}

async function append(
  { segment, file, cipher }: Newest,
  records: readonly WaitingRecord[],
  total: number,
): Promise<void> {
  const bytes = Buffer.allocUnsafe(total);
  let end = 0;
  for (const { id, line, bytes: length } of records) {
    cipher.seal(id, line, bytes.subarray(end, end + length));
    end += length;
  }
  let at: number;
  try {
    at = await file.append(bytes);
  } catch (error) {
    // What could not be cut back takes space until the segment goes.
    if (!file.trusted) segment.bytes = file.size + total;
    throw error;
  }
  for (const { id, bytes: length } of records) {
    segment.add(id, at, length);
    at += length;
  }
  segment.bytes = file.size;
}
