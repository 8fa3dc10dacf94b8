/** The running spool; segment-spool.ts has its invariants and opens it. */
import type { DropReason } from '@kinetrack/schema';
import type { Runtime } from '../runtime.ts';
import { CommitQueue } from './commit-queue.ts';
import type { Disk } from './disk.ts';
import { type IdRange, IdRanges } from './id-ranges.ts';
import { ioError } from './io-error.ts';
import { keyProblem } from './key-problem.ts';
import type { KeyRing } from './keys/key-ring.ts';
import type { Ledger } from './ledger.ts';
import type { LedgerLog } from './ledger-log.ts';
import type { Lock } from './lock.ts';
import { lastIdAfter } from './order.ts';
import type { RecoveryReport } from './recovery.ts';
import type { Room } from './room.ts';
import type { SegmentList } from './segment-list.ts';
import { SegmentReader } from './segment-reader.ts';
import {
  type Loss,
  type ReadOptions,
  type Spool,
  SpoolError,
  type SpoolRecord,
  type SpoolStatus,
} from './spool.ts';
import { TaskQueue } from './task-queue.ts';
import { firstGroup, type WaitingAppend, type WaitingRecord, withSizes } from './waiting-append.ts';

export interface SegmentSpool extends Spool {
  /** What opening found. */
  readonly recovery: RecoveryReport;
}

export interface SpoolParts {
  readonly dir: string;
  readonly keys: KeyRing;
  readonly maxBytes: number;
  /** At most so many bytes are written under one sync, but at least one append. */
  readonly groupBytes: number;
  readonly groupMs: number;
  readonly runtime: Runtime;
  readonly disk: Disk;
  readonly lock: Lock;
  readonly log: LedgerLog;
  readonly segments: SegmentList;
  readonly ledger: Ledger;
  readonly room: Room;
  readonly lastSeq: number;
  readonly recovery: RecoveryReport;
}

/** Delivered events leave the disk at the latest when the segment being written holds more than this of them. */
const MAX_SETTLED_BYTES = 64 * 1024;

export class DurableSpool implements SegmentSpool {
  readonly recovery: RecoveryReport;
  readonly #parts: SpoolParts;
  /** Reads, acknowledgements and commits never overlap: no file vanishes under a reader. */
  readonly #tasks = new TaskQueue();
  readonly #queue: CommitQueue<WaitingAppend>;
  readonly #reader: SegmentReader;
  #lastSeq: number;
  /** The last id of what waits to be written. */
  #promisedSeq: number;
  #closing: Promise<void> | undefined;

  constructor(parts: SpoolParts) {
    this.#parts = parts;
    this.recovery = parts.recovery;
    this.#lastSeq = parts.lastSeq;
    this.#promisedSeq = parts.lastSeq;
    const { groupMs, runtime } = parts;
    const commit = () => this.#tasks.run(() => this.#commit());
    this.#reader = new SegmentReader(parts);
    this.#queue = new CommitQueue({ groupMs, runtime, commit });
  }

  get lastSeq(): number {
    return this.#lastSeq;
  }

  async append(records: readonly SpoolRecord[]): Promise<void> {
    this.#assertOpen('append to');
    if (records.length === 0) return;
    const last = lastIdAfter(this.#promisedSeq, records);
    const sized = withSizes(records, this.#parts.maxBytes);
    this.#promisedSeq = last;
    await new Promise<void>((resolve, reject) => {
      this.#queue.push({ ...sized, resolve, reject });
    });
  }

  async skip(count: number, reason: DropReason): Promise<void> {
    this.#assertOpen('skip in');
    if (count === 0) return;
    await this.#task('skip events in', async () => {
      // What waits has earlier ids, and what comes meanwhile would have these.
      await this.#commit();
      const range: IdRange = [this.#lastSeq + 1, this.#lastSeq + count];
      await this.#parts.ledger.assertNextSeqIsFree(this.#lastSeq);
      await this.#parts.ledger.skip(reason, range, () => {
        this.#lastSeq = range[1];
        this.#promisedSeq = range[1];
      });
    });
  }

  read(options: ReadOptions): Promise<readonly SpoolRecord[]> {
    return this.#task('read', () => this.#reader.read(options, this.#lastSeq));
  }

  ack(ids: readonly number[]): Promise<void> {
    return this.#task('record acknowledgements in', async () => {
      const settled = this.#settle(ids);
      if (settled.length === 0) return;
      await this.#parts.ledger.ack(settled, this.#lastSeq);
      await this.#parts.room.deleteSettled(MAX_SETTLED_BYTES, this.#lastSeq);
    });
  }

  drop(reason: DropReason, ids: readonly number[]): Promise<void> {
    return this.#task('drop records from', async () => {
      const settled = this.#settle(ids);
      if (settled.length === 0) return;
      await this.#parts.ledger.drop(reason, settled, this.#lastSeq);
      await this.#parts.room.deleteSettled(MAX_SETTLED_BYTES, this.#lastSeq);
    });
  }

  losses(): readonly Loss[] {
    return this.#parts.ledger.losses;
  }

  lossesReported(losses: readonly Loss[]): Promise<void> {
    return this.#task('note reported losses in', async () => {
      if (losses.length > 0) await this.#parts.ledger.told(losses, this.#lastSeq);
    });
  }

  status(): SpoolStatus {
    const { segments, ledger, room, maxBytes, keys } = this.#parts;
    let pendingRecords = 0;
    let pendingBytes = 0;
    for (const segment of segments.all) {
      pendingRecords += segment.pendingRecords;
      pendingBytes += segment.pendingBytes;
    }
    return {
      pendingRecords,
      pendingBytes,
      ...ledger.totals,
      storage: {
        bytes: room.usedBytes,
        maxBytes,
        key: keys.keptIn,
        keyProblem: keyProblem(segments.all, keys),
      },
    };
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#queue.flush();
    await this.#tasks.run(async () => {
      const { room, segments, log, lock } = this.#parts;
      // Where this fails, the next start does it.
      await room.deleteSettled(0, this.#lastSeq).catch(() => undefined);
      await segments.close();
      await log.close();
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

  /** Writes all that waits, a group at a time, each under one sync. Never rejects. */
  async #commit(): Promise<void> {
    let waiting = this.#queue.take();
    while (waiting.length > 0) {
      const group = firstGroup(waiting, this.#parts.groupBytes);
      waiting = waiting.slice(group.length);
      const records = group.flatMap((append) => append.records);
      const bytes = group.reduce((sum, append) => sum + append.bytes, 0);
      try {
        await this.#write(records, bytes);
      } catch (cause) {
        // Those behind fail as well: if they got through, the ids that failed could never be appended again.
        const error = ioError('append to', `the spool ${this.#parts.dir}`, cause);
        for (const append of [...group, ...waiting, ...this.#queue.take()]) append.reject(error);
        this.#promisedSeq = this.#lastSeq;
        return;
      }
      for (const append of group) append.resolve();
    }
  }

  async #write(records: readonly WaitingRecord[], bytes: number): Promise<void> {
    const { ledger, room, segments } = this.#parts;
    await ledger.assertNextSeqIsFree(this.#lastSeq);
    await room.makeUnderCap(bytes, this.#lastSeq);
    await room.makeOnDisk(this.#lastSeq, () => segments.write(records, this.#lastSeq));
    this.#lastSeq += records.length;
  }

  /** Those of the ids that were pending; they are no more. */
  #settle(ids: readonly number[]): readonly IdRange[] {
    const settled = new IdRanges();
    for (const id of ids) if (this.#parts.segments.find(id)?.settle(id)) settled.add(id);
    return settled.ranges;
  }
}
