/**
 * The durable queue in plain files: a folder of encrypted append-only segments, the ledger's log,
 * and reserved space for a full disk. Other files in the folder are not touched.
 *
 * Invariants:
 *  1. append() resolves only after fdatasync. Appends that wait together share one sync.
 *  2. Only synced frames are read: a seq whose append did not resolve was never read and may be used again.
 *  3. Ids are seqs, contiguous from 1: lastSeq = delivered + pending + dropped by reason, at any
 *     call of status() and after any crash. Sums are absolute in each entry of the log, so a
 *     damaged entry affects no other.
 *  4. A segment is deleted only after the log has a durable reason for each of its records. An id
 *     in no segment and in no entry was therefore removed by another program, and is counted as
 *     such.
 *  5. No restart forgets a used seq: a frame has it, or, once that is deleted, the entry of the log
 *     with the reason. The name of the newest segment repeats the last seq before it, in case the
 *     log is lost.
 *  6. A restart appends to a new segment, never after a torn frame. So does a failed sync; frames
 *     left by it are above the base of the new segment and void.
 *  7. The files never exceed maxBytes, except for one append that is larger. On a full disk the
 *     oldest records are dropped. The log has reserved space for that (space.ts).
 *  8. Damage costs only the frames it touches. Recovery needs no user and no key.
 *  9. A segment whose key is not available keeps its records pending: they are skipped until it is.
 *
 * Memory: about 8 bytes per pending record; lines stay on the disk.
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
  /** Folder of the spool only; created if missing, readable by this user only. */
  readonly dir: string;
  /** Encryption keys of the segments. */
  readonly keys: KeyRing;
  /**
   * Cap on all files of the spool; the oldest records are dropped. @defaultValue that of `queueMaxBytes`
   */
  readonly maxBytes?: number;
  /** Maximum time an append is held for batching after a commit. @defaultValue 200 */
  readonly groupMs?: number;
  /** Maximum size of a segment. @defaultValue 1 MiB, or an eighth of maxBytes */
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

/** Rejects with SpoolError: `locked` while another process has the folder open, `io` for disk errors. */
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

/** A full disk postpones this: until then the old log is valid, and no file is deleted. */
async function tidyUp(space: SpoolSpace, ledger: Ledger, lastSeq: number): Promise<void> {
  try {
    await ledger.catchUp(lastSeq);
    await space.deleteSettled(Number.POSITIVE_INFINITY, lastSeq);
  } catch (error) {
    if (!isOutOfSpace(error)) throw error;
  }
}

export interface SegmentSpool extends Spool {
  /** Result of the recovery at opening. */
  readonly recovery: RecoveryReport;
}

interface SpoolParts {
  readonly dir: string;
  readonly keys: KeyRing;
  readonly maxBytes: number;
  /** Maximum bytes per sync, but at least one append. */
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

/**
 * Once the newest segment has more settled bytes than this, it is closed, so that delivered events leave
 * the disk.
 */
const MAX_SETTLED_BYTES = 64 * 1024;

class DurableSpool implements SegmentSpool {
  readonly recovery: RecoveryReport;
  readonly #parts: SpoolParts;
  /** Reads, acknowledgements and commits never overlap: no file is deleted during a read. */
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
      // Waiting appends have earlier ids, and appends made meanwhile would use the skipped ones.
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
      // If this fails, the next start does it.
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
    throw new SpoolError('closed', `cannot ${action} the spool ${dir}: it is closed; open it again`);
  }

  async #write(records: readonly SizedRecord[], bytes: number): Promise<void> {
    const { ledger, space, segments } = this.#parts;
    await ledger.reclaimNextSeq(this.#lastSeq);
    await space.freeUnderCap(bytes, this.#lastSeq);
    await space.withDiskSpace(this.#lastSeq, () => segments.write(records, this.#lastSeq));
    this.#lastSeq += records.length;
  }
}
