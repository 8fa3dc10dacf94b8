/**
 * The durable queue in plain files: a folder of append-only segments and one acknowledgement log.
 *
 * Invariants:
 *  1. append() resolves after fdatasync, never before. Appends that wait together share one sync.
 *  2. Only synced frames are ever read: a seq whose append did not resolve was seen by nobody and may be used again.
 *  3. The newest segment's name holds the last seq at its creation, and is durable before an older segment is
 *     deleted: no restart forgets a seq, also when everything was acknowledged.
 *  4. A segment is deleted once each of its records is settled: acknowledged, or lost and counted.
 *  5. A restart appends to a new segment, never behind a torn frame. So does a failed sync; the frames that it
 *     left behind lie above the new segment's base and are void.
 *  6. Ids are seqs, contiguous from 1: lastSeq = acknowledged + pending + dropped.
 *
 * Memory: about 100 bytes for each pending record; lines stay on the disk.
 */
import type { DropReason } from '@kinetrack/schema';
import { AckLog } from './ack-log.ts';
import { type CreateFile, createFile } from './append-file.ts';
import { preparePrivateFolder } from './folder.ts';
import { encodeFrame, FRAME_HEADER_BYTES, MAX_PAYLOAD_BYTES } from './frame.ts';
import { type IdRange, IdRanges } from './id-ranges.ts';
import { errorCode, ioError } from './io-error.ts';
import { type Lock, lockFolder } from './lock.ts';
import { LossBook } from './loss-book.ts';
import { lastIdAfter } from './order.ts';
import { type PlannedRead, planRead } from './read-plan.ts';
import { type RecoveryReport, recoverSegments } from './recovery.ts';
import { type EncodedRecord, SegmentList } from './segment-list.ts';
import {
  type Loss,
  type ReadOptions,
  type Spool,
  SpoolError,
  type SpoolRecord,
  type SpoolStatus,
} from './spool.ts';
import { TaskQueue } from './task-queue.ts';

export interface SegmentSpoolOptions {
  /** Folder of its own, created where missing, readable by this user alone. */
  readonly dir: string;
  /** A segment is closed for writing before it grows above this. @defaultValue 1 MiB */
  readonly segmentBytes?: number;
  /** How files are created: another way in tests of failing disks. @defaultValue the file system */
  readonly createFile?: CreateFile;
}

export interface SegmentSpool extends Spool {
  /** What opening found. */
  readonly recovery: RecoveryReport;
}

const DEFAULT_SEGMENT_BYTES = 1024 * 1024;
/** Delivered events leave the disk at the latest when the segment being written holds more than this of them. */
const MAX_SETTLED_BYTES = 64 * 1024;

/** Rejects with SpoolError: `locked` while another process has the folder open, `io` for what the disk refuses. */
export async function openSegmentSpool(options: SegmentSpoolOptions): Promise<SegmentSpool> {
  const { dir, segmentBytes = DEFAULT_SEGMENT_BYTES, createFile: create = createFile } = options;
  let lock: Lock | undefined;
  let log: AckLog | undefined;
  let segments: SegmentList | undefined;
  try {
    await preparePrivateFolder(dir);
    lock = await lockFolder(dir);
    log = await AckLog.open(dir, create);
    const recovered = await recoverSegments(dir, log.settled, log.lastSeq);
    await log.rewrite(recovered.lastSeq);
    await log.addLost('damaged', recovered.lost, recovered.lastSeq);
    segments = new SegmentList(dir, segmentBytes, create, recovered.segments);
    await segments.start(recovered.lastSeq);
    await segments.deleteSettled();
    return new DurableSpool(options, lock, log, segments, recovered.lastSeq, recovered.report);
  } catch (error) {
    await segments?.close();
    await log?.close();
    await lock?.release();
    throw ioError('open the spool', dir, error);
  }
}

interface WaitingAppend {
  readonly records: readonly EncodedRecord[];
  readonly bytes: number;
  resolve(): void;
  reject(error: SpoolError): void;
}

class DurableSpool implements SegmentSpool {
  /** Reads, acknowledgements and commits never overlap: no file vanishes under a reader. */
  readonly #tasks = new TaskQueue();
  readonly #dir: string;
  readonly #maxGroupBytes: number;
  readonly #losses = new LossBook();
  #waiting: WaitingAppend[] = [];
  #lastSeq: number;
  /** The last id of what waits to be written. */
  #promisedSeq: number;
  #closing: Promise<void> | undefined;

  constructor(
    options: SegmentSpoolOptions,
    private readonly lock: Lock,
    private readonly log: AckLog,
    private readonly segments: SegmentList,
    lastSeq: number,
    readonly recovery: RecoveryReport,
  ) {
    this.#dir = options.dir;
    this.#maxGroupBytes = options.segmentBytes ?? DEFAULT_SEGMENT_BYTES;
    this.#lastSeq = lastSeq;
    this.#promisedSeq = lastSeq;
  }

  get lastSeq(): number {
    return this.#lastSeq;
  }

  async append(records: readonly SpoolRecord[]): Promise<void> {
    this.#assertOpen('append to');
    if (records.length === 0) return;
    const encoded = this.#encode(records);
    const bytes = encoded.reduce((sum, { frame }) => sum + frame.length, 0);
    await new Promise<void>((resolve, reject) => {
      this.#waiting.push({ records: encoded, bytes, resolve, reject });
      // The first to wait asks for the commit; those who come before it begins travel along.
      if (this.#waiting.length === 1) void this.#tasks.run(() => this.#commit());
    });
  }

  async read(options: ReadOptions): Promise<readonly SpoolRecord[]> {
    this.#assertOpen('read');
    return this.#tasks.run(async () => {
      for (;;) {
        const plan = planRead(this.segments.all, options);
        const found: SpoolRecord[] = [];
        for (const part of plan) for (const record of await this.#load(part)) found.push(record);
        // Nothing found although something was planned: it was lost just now, so the next ones are due.
        if (found.length > 0 || plan.length === 0) return found;
      }
    });
  }

  async ack(ids: readonly number[]): Promise<void> {
    this.#assertOpen('acknowledge in');
    return this.#tasks.run(async () => {
      const acked = new IdRanges();
      for (const id of ids) {
        if (this.segments.all.some((segment) => segment.settle(id))) acked.add(id);
      }
      if (acked.size === 0) return;
      try {
        try {
          // Deleting first frees the space that the log may need. A crash in between loses nothing: what is
          // gone was delivered, and what stays is at worst delivered again.
          await this.#deleteSettled(MAX_SETTLED_BYTES);
        } finally {
          await this.log.addAcked(acked.ranges, this.#lastSeq);
        }
      } catch (error) {
        throw ioError('record acknowledgements in', this.#dir, error);
      }
    });
  }

  status(): SpoolStatus {
    let pendingRecords = 0;
    let pendingBytes = 0;
    for (const segment of this.segments.all) {
      pendingRecords += segment.pending.size;
      pendingBytes += segment.pendingBytes;
    }
    const dropped: Partial<Record<DropReason, number>> = this.log.dropped;
    const lost = Object.values(dropped).reduce((sum, count) => sum + count, 0);
    const delivered = this.#lastSeq - pendingRecords - lost;
    return { pendingRecords, pendingBytes, delivered, dropped, storage: null };
  }

  async skip(count: number, reason: DropReason): Promise<void> {
    const first = this.#lastSeq + 1;
    this.#lastSeq += count;
    this.#promisedSeq = this.#lastSeq;
    await this.#lose(reason, [[first, this.#lastSeq]]);
  }

  async drop(reason: DropReason, ids: readonly number[]): Promise<void> {
    const found = ids.filter((id) => this.segments.all.some((segment) => segment.settle(id)));
    await this.#lose(
      reason,
      found.map((id): IdRange => [id, id]),
    );
  }

  losses(): readonly Loss[] {
    return this.#losses.all;
  }

  async lossesReported(losses: readonly Loss[]): Promise<void> {
    this.#losses.remove(losses);
  }

  async #lose(reason: DropReason, ranges: readonly IdRange[]): Promise<void> {
    await this.log.addLost(reason, ranges, this.#lastSeq);
    this.#losses.add(reason, ranges);
  }

  close(): Promise<void> {
    this.#closing ??= this.#tasks.run(async () => {
      // Where this fails, the next start does it.
      await this.#deleteSettled(0).catch(() => undefined);
      await this.segments.close();
      await this.log.close();
      await this.lock.release();
    });
    return this.#closing;
  }

  #assertOpen(action: string): void {
    if (this.#closing !== undefined) {
      throw new SpoolError('closed', `cannot ${action} the spool ${this.#dir}: it was closed; open it again`);
    }
  }

  #encode(records: readonly SpoolRecord[]): readonly EncodedRecord[] {
    const last = lastIdAfter(this.#promisedSeq, records);
    const encoded = records.map(({ id, line }) => ({ id, frame: encodeFrame(id, line) }));
    for (const { id, frame } of encoded) {
      const bytes = frame.length - FRAME_HEADER_BYTES;
      if (bytes <= MAX_PAYLOAD_BYTES) continue;
      throw new SpoolError(
        'too_large',
        `cannot append record ${id} of ${bytes} bytes: at most ${MAX_PAYLOAD_BYTES} fit; split it`,
      );
    }
    this.#promisedSeq = last;
    return encoded;
  }

  /** Writes all that waits, a group at a time, each under one sync. Never rejects. */
  async #commit(): Promise<void> {
    while (this.#waiting.length > 0) {
      const group = this.#takeGroup();
      const records = group.flatMap((append) => append.records);
      try {
        await this.segments.write(records, this.#lastSeq);
      } catch (cause) {
        // Those behind fail as well: if they got through, the ids that failed could never be appended again.
        const error = ioError('append to the spool', this.#dir, cause);
        for (const append of [...group, ...this.#waiting.splice(0)]) append.reject(error);
        this.#promisedSeq = this.#lastSeq;
        return;
      }
      this.#lastSeq = records.at(-1)?.id ?? this.#lastSeq;
      for (const append of group) append.resolve();
    }
  }

  /** The oldest waiting appends that fit into one segment, but at least one. */
  #takeGroup(): readonly WaitingAppend[] {
    let bytes = 0;
    const end = this.#waiting.findIndex((append, i) => {
      bytes += append.bytes;
      return i > 0 && bytes > this.#maxGroupBytes;
    });
    return this.#waiting.splice(0, end === -1 ? this.#waiting.length : end);
  }

  /** Deletes settled segments; the newest one as well where it holds more than so many settled bytes. */
  async #deleteSettled(maxSettledBytes: number): Promise<void> {
    if (this.segments.settledBytesInNewest > maxSettledBytes) await this.segments.start(this.#lastSeq);
    await this.segments.deleteSettled();
    this.log.forgetUpTo(this.segments.all[0]?.base ?? 0);
  }

  /** The records of one segment; those that went bad since they were written are counted as lost. */
  async #load({ segment, positions }: PlannedRead): Promise<readonly SpoolRecord[]> {
    let records: readonly SpoolRecord[] = [];
    let reason = 'damaged';
    try {
      records = await segment.read(positions);
    } catch (error) {
      // Somebody removed the file: waiting for it to come back would hold up everything behind it.
      if (errorCode(error) !== 'ENOENT') throw ioError('read', segment.path, error);
      reason = 'file_missing';
    }
    if (records.length === positions.length) return records;
    const present = new Set(records.map(({ id }) => id));
    const lost = positions.filter(({ id }) => !present.has(id)).map(({ id }): IdRange => [id, id]);
    for (const [id] of lost) segment.settle(id);
    await this.log.addLost(reason, lost, this.#lastSeq);
    return records;
  }
}
