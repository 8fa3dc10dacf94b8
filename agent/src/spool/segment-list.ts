/**
 * The segments of a spool, oldest first. Appends to the newest segment, reads pending records from all.
 *
 * Invariants:
 *  1. Only the newest segment is written, and only while its file is trusted. After a failed sync
 *     or a restart, the next record starts a new segment.
 *  2. The name of a new segment makes lastSeq durable.
 *  3. A segment whose key is not available keeps its records pending; read() skips them.
 */
import { type DropReason, hasCode } from '@kinetrack/schema';
import { AppendFile, type Disk, type DiskFile } from './disk.ts';
import { SegmentCipher } from './frame.ts';
import { type IdRange, IdRanges } from './id-ranges.ts';
import type { KeyRing } from './keys/spool-key.ts';
import { Segment } from './segment.ts';
import type { ReadOptions, SpoolRecord } from './spool.ts';

export interface SizedRecord extends SpoolRecord {
  /** Bytes of its frame. */
  readonly bytes: number;
}

/** Makes a loss durable, then calls `settle`. */
export type LoseRecords = (
  reason: DropReason,
  ranges: readonly IdRange[],
  settle: () => void,
) => Promise<void>;

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

  /** Bytes of all segment files. */
  get bytes(): number {
    return this.#segments.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Bytes of the newest segment if none of its records is pending, otherwise 0. */
  get settledBytesInNewest(): number {
    const newest = this.#segments.at(-1);
    return newest?.pendingRecords === 0 ? newest.bytes : 0;
  }

  get pendingRecords(): number {
    return this.#segments.reduce((sum, { pendingRecords }) => sum + pendingRecords, 0);
  }

  /** Bytes of the pending lines. */
  get pendingBytes(): number {
    return this.#segments.reduce((sum, { pendingBytes }) => sum + pendingBytes, 0);
  }

  /** Why pending records cannot be read now, with the remedy; null if all can. */
  get keyProblem(): string | null {
    const locked = this.#segments.filter(
      ({ pendingRecords, keyId }) => pendingRecords > 0 && !this.keys.find(keyId),
    );
    if (locked.length === 0) return null;
    const records = locked.reduce((sum, { pendingRecords }) => sum + pendingRecords, 0);
    const ids = [...new Set(locked.map(({ keyId }) => keyId))].join(', ');
    return (
      this.keys.problem ??
      `${records} records need the key ${ids}, which is not available: restore it, and they will be delivered`
    );
  }

  /** Settles these ids; returns those that were pending. */
  settle(ids: readonly number[]): readonly IdRange[] {
    const settled = new IdRanges();
    for (const id of ids) if (this.#find(id)?.settle(id)) settled.add(id);
    return settled.ranges;
  }

  /**
   * The oldest pending records with an available key, within the limits, but at least one. Records
   * damaged since they were written are passed to `lose`, which settles them once the loss is
   * durable.
   */
  async read(options: ReadOptions, lose: LoseRecords): Promise<readonly SpoolRecord[]> {
    for (;;) {
      const readable = this.#segments.filter(({ keyId }) => this.keys.find(keyId) !== undefined);
      const plan = planRead(readable, options);
      const found: SpoolRecord[] = [];
      for (const part of plan) for (const record of await this.#load(part, lose)) found.push(record);
      // All planned records were lost, so plan the next ones.
      if (found.length > 0 || plan.length === 0) return found;
    }
  }

  /** The segment whose id range includes this id. */
  #find(id: number): Segment | undefined {
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
   * Starts a new file, whose name makes lastSeq durable. If this fails, the old file is still
   * finished: a half created new file would void records appended to the old one after it.
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

  /** Durable once it resolves; if it rejects, no record is accepted. The ids continue from lastSeq. */
  async write(records: readonly SizedRecord[], lastSeq: number): Promise<void> {
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

  /** Deletes segments without pending records, except the newest. */
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
    // All accepted records are synced, so an error of close() loses nothing.
    await newest?.file.close().catch(() => undefined);
  }

  async #load({ segment, ids }: PlannedRead, lose: LoseRecords): Promise<readonly SpoolRecord[]> {
    const key = this.keys.find(segment.keyId);
    if (key === undefined) return [];
    let records: readonly SpoolRecord[] = [];
    let reason: DropReason = 'damaged';
    try {
      records = await segment.read(this.disk, key, ids);
    } catch (error) {
      // Another program removed the file. Waiting for it would block all later records.
      if (!hasCode(error, 'ENOENT')) throw error;
      reason = 'file_missing';
    }
    if (records.length === ids.length) return records;
    const present = new Set(records.map(({ id }) => id));
    const lost = new IdRanges();
    for (const id of ids) if (!present.has(id)) lost.add(id);
    await lose(reason, lost.ranges, () => {
      for (const id of ids) if (!present.has(id)) segment.settle(id);
    });
    return records;
  }

  /** The ids of a segment are contiguous from its base, so skipped seqs need a new segment. */
  #takes({ segment, file }: Newest, bytes: number, lastSeq: number): boolean {
    if (!file.trusted || segment.nextId !== lastSeq + 1) return false;
    return file.size === 0 || file.size + bytes <= this.segmentBytes;
  }
}

async function append(
  { segment, file, cipher }: Newest,
  records: readonly SizedRecord[],
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
    // Bytes that could not be truncated use space until the segment is deleted.
    if (!file.trusted) segment.bytes = file.size + total;
    throw error;
  }
  for (const { id, bytes: length } of records) {
    segment.add(id, at, length);
    at += length;
  }
  segment.bytes = file.size;
}

interface PlannedRead {
  readonly segment: Segment;
  readonly ids: readonly number[];
}

/** The oldest pending records of these segments, within the limits, but at least one. */
function planRead(segments: readonly Segment[], options: ReadOptions): readonly PlannedRead[] {
  const { afterId = 0, maxRecords, maxBytes } = options;
  const plan: PlannedRead[] = [];
  let records = 0;
  let bytes = 0;
  for (const segment of segments) {
    const ids: number[] = [];
    let id = segment.pendingAfter(afterId);
    for (; id !== undefined; id = segment.pendingAfter(id)) {
      const more = segment.lineBytes(id);
      if (records > 0 && (records >= maxRecords || bytes + more > maxBytes)) break;
      ids.push(id);
      records++;
      bytes += more;
    }
    if (ids.length > 0) plan.push({ segment, ids });
    if (id !== undefined) break;
  }
  return plan;
}

/** The segments among the files of a folder, oldest first. */
export function segmentsIn(dir: string, files: readonly DiskFile[]): readonly Segment[] {
  return files
    .flatMap(({ name, bytes }): readonly Segment[] => {
      const segment = Segment.fromName(dir, name);
      return segment === undefined ? [] : [Object.assign(segment, { bytes })];
    })
    .sort((a, b) => a.index - b.index);
}
