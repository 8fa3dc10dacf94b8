/**
 * The durable queue in plain files: a folder of encrypted append-only segments, the ledger's log, and reserved space
 * for a full disk. Files of any other name or format are left alone.
 *
 * Invariants:
 *  1. append() resolves after fdatasync, never before. Appends that wait together share one sync.
 *  2. Only synced frames are ever read: a seq whose append did not resolve was never read and may be used again.
 *  3. Ids are seqs, contiguous from 1: lastSeq = delivered + pending + dropped by reason, whenever status() is
 *     asked, and after any crash. Sums are absolute in each entry of the log, so a damaged entry falsifies nothing.
 *  4. A segment is unlinked only after the log says, durably, why each of its records left. An id in no
 *     segment and in no entry was therefore removed from outside, and is counted as such.
 *  5. No restart forgets a seq that was given out: a frame holds it, or, once that is gone, the entry of the log that
 *     says why. The newest segment's name repeats the last one before it, in case the log is lost.
 *  6. A restart appends to a new segment, never behind a torn frame. So does a failed sync; the frames that it left
 *     behind lie above the new segment's base and are void.
 *  7. The files never grow above maxBytes, apart from one append that is larger; on a full disk the oldest records
 *     make room. The space that the log needs for that is reserved (space.ts).
 *  8. Damage costs the frames that it touches, whatever it hits; starting needs no hand and, for recovery, no key.
 *  9. A segment whose key cannot be had keeps its records pending: they are passed over until it can.
 *
 * Memory: about 8 bytes for each pending record; lines stay on the disk.
 */
import { type DropReason, TRACKER_DEFAULTS } from '@kinetrack/schema';
import { type Runtime, systemRuntime } from '../runtime.ts';
import { TaskQueue } from '../task-queue.ts';
import { type Disk, ioError, isOutOfSpace, type Lock } from './disk.ts';
import { GroupCommit } from './group-commit.ts';
import type { KeyRing } from './keys/spool-key.ts';
import { Ledger, LedgerLog, LOG_NAME } from './ledger.ts';
import { type RecoveryReport, recover } from './recovery.ts';
import { SegmentList, type SizedRecord, segmentsIn } from './segment-list.ts';
import { RESERVE_NAME, Reserve, SpoolSpace } from './space.ts';
import {
  type Loss,
  type ReadOptions,
  type Spool,
  SpoolError,
  type SpoolRecord,
  type SpoolStatus,
} from './spool.ts';
import { systemDisk } from './system-disk.ts';

export interface SegmentSpoolOptions {
  /** Folder of its own, created where missing, readable by this user alone. */
  readonly dir: string;
  /** What segments are encrypted with. */
  readonly keys: KeyRing;
  /** Cap over all files of the spool; the oldest records make space. @defaultValue that of `queueMaxBytes` */
  readonly maxBytes?: number;
  /** Maximum time an append is held for batching after a commit. @defaultValue 200 */
  readonly groupMs?: number;
  /** A segment is closed for writing before it grows above this. @defaultValue 1 MiB, or an eighth of maxBytes */
  readonly segmentBytes?: number;
  /** @defaultValue the file system */
  readonly disk?: Disk;
  /** @defaultValue the system's */
  readonly runtime?: Runtime;
}

/** Days offline for one person: see docs/performance.md, wire. */
export const DEFAULT_MAX_BYTES = TRACKER_DEFAULTS.queueMaxBytes;
const DEFAULT_GROUP_MS = 200;
const DEFAULT_SEGMENT_BYTES = 1024 * 1024;
const RESERVE_BYTES = 64 * 1024;

/** Rejects with SpoolError: `locked` while another process has the folder open, `io` for what the disk refuses. */
export async function openSegmentSpool(options: SegmentSpoolOptions): Promise<SegmentSpool> {
  const { dir, keys, maxBytes = DEFAULT_MAX_BYTES, disk = systemDisk } = options;
  const { segmentBytes = Math.min(DEFAULT_SEGMENT_BYTES, Math.ceil(maxBytes / 8)) } = options;
  let lock: Lock | undefined;
  let log: LedgerLog | undefined;
  try {
    await disk.prepare(dir);
    lock = await disk.lock(dir);
    const files = await disk.list(dir);
    const bytesOf = (name: string) => files.find((file) => file.name === name)?.bytes;
    const found = segmentsIn(dir, files);
    const reserve = new Reserve(disk, dir, Math.min(RESERVE_BYTES, Math.floor(maxBytes / 16)));
    reserve.adopt(bytesOf(RESERVE_NAME) ?? 0);
    log = new LedgerLog(disk, dir, reserve);
    const logSize = bytesOf(LOG_NAME);
    const content = logSize === undefined ? { entries: [], isWhole: false } : await log.load(logSize);
    const recovered = await recover(disk, found, content);
    const segments = new SegmentList(disk, dir, segmentBytes, keys, found);
    const ledger = new Ledger(log, () => segments.pendingRanges(), recovered.ledger);
    const space = new SpoolSpace(segments, ledger, reserve, maxBytes);
    await tidyUp(space, ledger, recovered.lastSeq);
    return new DurableSpool({
      dir,
      keys,
      maxBytes,
      groupBytes: segmentBytes,
      groupMs: options.groupMs ?? DEFAULT_GROUP_MS,
      runtime: options.runtime ?? systemRuntime,
      lock,
      segments,
      ledger,
      space,
      lastSeq: recovered.lastSeq,
      recovery: recovered.report,
    });
  } catch (error) {
    await log?.close();
    await lock?.release();
    throw ioError('open the spool', dir, error);
  }
}

/** A full disk puts this off: until then the old log holds, and no file goes. */
async function tidyUp(space: SpoolSpace, ledger: Ledger, lastSeq: number): Promise<void> {
  try {
    await ledger.catchUp(lastSeq);
    await space.deleteSettled(Number.POSITIVE_INFINITY, lastSeq);
  } catch (error) {
    if (!isOutOfSpace(error)) throw error;
  }
}

export interface SegmentSpool extends Spool {
  /** What opening found. */
  readonly recovery: RecoveryReport;
}

interface SpoolParts {
  readonly dir: string;
  readonly keys: KeyRing;
  readonly maxBytes: number;
  /** At most so many bytes are written under one sync, but at least one append. */
  readonly groupBytes: number;
  readonly groupMs: number;
  readonly runtime: Runtime;
  readonly lock: Lock;
  readonly segments: SegmentList;
  readonly ledger: Ledger;
  readonly space: SpoolSpace;
  readonly lastSeq: number;
  readonly recovery: RecoveryReport;
}

/** Delivered events leave the disk at the latest when the segment being written holds more than this of them. */
const MAX_SETTLED_BYTES = 64 * 1024;

class DurableSpool implements SegmentSpool {
  readonly recovery: RecoveryReport;
  readonly #parts: SpoolParts;
  /** Reads, acknowledgements and commits never overlap: no file vanishes under a reader. */
  readonly #tasks = new TaskQueue();
  readonly #commits: GroupCommit;
  #lastSeq: number;
  #closing: Promise<void> | undefined;

  constructor(parts: SpoolParts) {
    this.#parts = parts;
    this.recovery = parts.recovery;
    this.#lastSeq = parts.lastSeq;
    this.#commits = new GroupCommit({
      ...parts,
      lastSeq: () => this.#lastSeq,
      exclusively: (task) => this.#tasks.run(task),
      write: (records, bytes) => this.#write(records, bytes),
    });
  }

  get lastSeq(): number {
    return this.#lastSeq;
  }

  async append(records: readonly SpoolRecord[]): Promise<void> {
    this.#assertOpen('append to');
    if (records.length > 0) await this.#commits.append(records);
  }

  async skip(count: number, reason: DropReason): Promise<void> {
    this.#assertOpen('skip in');
    if (count === 0) return;
    await this.#task('skip events in', async () => {
      // What waits has earlier ids, and what comes meanwhile would have these.
      await this.#commits.commit();
      const last = this.#lastSeq + count;
      await this.#parts.ledger.reclaimNextSeq(this.#lastSeq);
      await this.#parts.ledger.skip(reason, [this.#lastSeq + 1, last], () => {
        this.#lastSeq = last;
      });
    });
  }

  read(options: ReadOptions): Promise<readonly SpoolRecord[]> {
    const { segments, ledger } = this.#parts;
    return this.#task('read', () =>
      segments.read(options, (reason, ranges, settle) => ledger.lose(reason, ranges, this.#lastSeq, settle)),
    );
  }

  ack(ids: readonly number[]): Promise<void> {
    const { ledger, segments, space } = this.#parts;
    return this.#task('record acknowledgements in', async () => {
      const settled = segments.settle(ids);
      if (settled.length === 0) return;
      await ledger.ack(settled, this.#lastSeq);
      await space.deleteSettled(MAX_SETTLED_BYTES, this.#lastSeq);
    });
  }

  drop(reason: DropReason, ids: readonly number[]): Promise<void> {
    const { ledger, segments, space } = this.#parts;
    return this.#task('drop records from', async () => {
      const settled = segments.settle(ids);
      if (settled.length === 0) return;
      await ledger.drop(reason, settled, this.#lastSeq);
      await space.deleteSettled(MAX_SETTLED_BYTES, this.#lastSeq);
    });
  }

  losses(): readonly Loss[] {
    return this.#parts.ledger.losses;
  }

  lossesReported(losses: readonly Loss[]): Promise<void> {
    return this.#task('note reported losses in', async () => {
      if (losses.length > 0) await this.#parts.ledger.markReported(losses, this.#lastSeq);
    });
  }

  status(): SpoolStatus {
    const { segments, ledger, space, maxBytes, keys } = this.#parts;
    const { pendingRecords, pendingBytes, keyProblem } = segments;
    return {
      pendingRecords,
      pendingBytes,
      ...ledger.totals,
      storage: { bytes: space.usedBytes, maxBytes, key: keys.keptIn, keyProblem },
    };
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#commits.flush();
    await this.#tasks.run(async () => {
      const { space, segments, ledger, lock } = this.#parts;
      // Where this fails, the next start does it.
      await space.deleteSettled(0, this.#lastSeq).catch(() => undefined);
      await segments.close();
      await ledger.close();
      await lock.release();
    });
  }

  async #task<T>(action: string, work: () => Promise<T>): Promise<T> {
    this.#assertOpen(action);
    return this.#tasks.run(async () => {
      try {
        return await work();
      } catch (error) {
        throw ioError(action, `the spool ${this.#parts.dir}`, error);
      }
    });
  }

  #assertOpen(action: string): void {
    if (this.#closing === undefined) return;
    const { dir } = this.#parts;
    throw new SpoolError('closed', `cannot ${action} the spool ${dir}: it was closed; open it again`);
  }

  async #write(records: readonly SizedRecord[], bytes: number): Promise<void> {
    const { ledger, space, segments } = this.#parts;
    await ledger.reclaimNextSeq(this.#lastSeq);
    await space.freeUnderCap(bytes, this.#lastSeq);
    await space.withDiskSpace(this.#lastSeq, () => segments.write(records, this.#lastSeq));
    this.#lastSeq += records.length;
  }
}
