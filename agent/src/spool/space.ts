/**
 * Makes space for appends: below the cap of the spool, and on a full disk.
 *
 * Invariants:
 *  1. Settled segments are deleted first, then the oldest segment with all its pending records.
 *  2. The loss of these records is durable before their file is deleted.
 *  3. The ledger can be written on a full disk: the reserve file provides the space.
 */
import { randomFillSync } from 'node:crypto';
import { join } from 'node:path';
import type { DropReason } from '@kinetrack/schema';
import { AppendFile, type Disk, isOutOfSpace } from './disk.ts';
import type { Ledger, ReservedBytes } from './ledger.ts';
import type { Segment } from './segment.ts';
import type { SegmentList } from './segment-list.ts';

export class SpoolSpace {
  constructor(
    private readonly segments: SegmentList,
    private readonly ledger: Ledger,
    private readonly reserve: Reserve,
    private readonly maxBytes: number,
  ) {}

  /** Bytes of all files on the disk. */
  get usedBytes(): number {
    return this.segments.bytes + this.ledger.bytes + this.reserve.bytes;
  }

  /** Drops the oldest records until this many bytes fit below the cap, or nothing is left to drop. */
  async freeUnderCap(bytes: number, lastSeq: number): Promise<void> {
    // Two copies of the log exist during a rewrite.
    while (this.usedBytes + this.ledger.bytes + bytes > this.maxBytes) {
      if (!(await this.#free('queue_full', lastSeq))) return;
    }
  }

  /**
   * Runs an action that needs space. Drops the oldest records while the disk is full; rejects once nothing
   * is left to drop.
   */
  async withDiskSpace<T>(lastSeq: number, action: () => Promise<T>): Promise<T> {
    // Bounded: a failed action may itself leave files that can be deleted.
    for (let most = this.segments.all.length + 1; ; most--) {
      try {
        return await action();
      } catch (error) {
        const mayTryAgain = most > 0 && isOutOfSpace(error) && (await this.#free('disk_full', lastSeq));
        if (!mayTryAgain) throw error;
      }
    }
  }

  /**
   * Deletes settled segments, and the newest one too if it has more settled bytes than this.
   * Nothing is deleted before the log has the reason for each record.
   */
  async deleteSettled(maxSettledBytes: number, lastSeq: number): Promise<void> {
    await this.ledger.catchUp(lastSeq);
    if (this.segments.settledBytesInNewest > maxSettledBytes) await this.segments.start(lastSeq);
    await this.segments.deleteSettled();
    await this.reserve.refill();
  }

  /** False if there was nothing to free. */
  async #free(reason: DropReason, lastSeq: number): Promise<boolean> {
    const settled = this.segments.all.filter(
      ({ pendingRecords, bytes }) => pendingRecords === 0 && bytes > 0,
    );
    const oldest = this.segments.all.find(({ pendingRecords }) => pendingRecords > 0);
    if (settled.length > 0) {
      await this.ledger.catchUp(lastSeq);
      await this.#delete(settled, lastSeq);
    } else if (oldest !== undefined) {
      const ranges = oldest.pendingRanges();
      await this.ledger.lose(reason, ranges, lastSeq, () => oldest.settleAll());
      await this.#delete([oldest], lastSeq);
    } else {
      return false;
    }
    await this.reserve.refill();
    return true;
  }

  async #delete(segments: readonly Segment[], lastSeq: number): Promise<void> {
    const newest = this.segments.all.at(-1);
    if (newest !== undefined && segments.includes(newest)) {
      try {
        await this.segments.start(lastSeq);
      } catch (error) {
        // Until the next append, only the log has the last seq.
        if (!isOutOfSpace(error)) throw error;
      }
    }
    await this.segments.delete(segments);
  }
}

export const RESERVE_NAME = 'spool.reserve';

/**
 * A file that reserves space for the ledger: before a segment is deleted, the ledger must record
 * it, and a full disk accepts no byte. The file is then deleted, and created again once there is
 * space.
 */
export class Reserve implements ReservedBytes {
  readonly #path: string;
  #isThere: boolean = false;

  constructor(
    private readonly disk: Disk,
    private readonly dir: string,
    private readonly size: number,
  ) {
    this.#path = join(dir, RESERVE_NAME);
  }

  /** Bytes on the disk. */
  get bytes(): number {
    return this.#isThere ? this.size : 0;
  }

  /** Uses the file of an earlier process, if it is whole. */
  adopt(bytes: number): void {
    this.#isThere = bytes === this.size && bytes > 0;
  }

  /** Runs an action that needs space; on a full disk, again after the reserve is deleted. */
  async use<T>(action: () => Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (error) {
      if (!isOutOfSpace(error) || !this.#isThere) throw error;
    }
    this.#isThere = false;
    await this.disk.remove(this.#path);
    // Some file systems free blocks only once the removal is durable.
    await this.disk.syncFolder(this.dir);
    return await action();
  }

  /** Creates the file if it is missing and there is space; never rejects. */
  async refill(): Promise<void> {
    if (this.#isThere || this.size === 0) return;
    try {
      await this.disk.remove(this.#path);
      const file = new AppendFile(await this.disk.create(this.#path));
      try {
        // Random bytes, because file systems with compression do not allocate zeros.
        await file.append(randomFillSync(Buffer.allocUnsafe(this.size)));
      } finally {
        await file.close();
      }
      this.#isThere = true;
    } catch {
      await this.disk.remove(this.#path).catch(() => undefined);
    }
  }
}
