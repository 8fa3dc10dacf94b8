/**
 * Room for what is appended: under the cap of the spool, and on a disk that is full.
 *
 * First goes what was settled, then the oldest segment with all that is pending in it. That these records are lost
 * is durable before their file is unlinked.
 */
import type { DropReason } from '@kinetrack/schema';
import { isOutOfSpace } from './io-error.ts';
import type { Ledger } from './ledger.ts';
import type { LedgerLog } from './ledger-log.ts';
import type { Reserve } from './reserve.ts';
import type { Segment } from './segment.ts';
import type { SegmentList } from './segment-list.ts';

export class Room {
  constructor(
    private readonly segments: SegmentList,
    private readonly ledger: Ledger,
    private readonly log: LedgerLog,
    private readonly reserve: Reserve,
    private readonly maxBytes: number,
  ) {}

  /** Of all files on the disk. */
  get usedBytes(): number {
    return this.segments.bytes + this.log.bytes + this.reserve.bytes;
  }

  /** Drops the oldest until so many more bytes are under the cap, or nothing is left to drop. */
  async makeUnderCap(bytes: number, lastSeq: number): Promise<void> {
    // The log stands there twice while it is written anew.
    while (this.usedBytes + this.log.bytes + bytes > this.maxBytes) {
      if (!(await this.#free('queue_full', lastSeq))) return;
    }
  }

  /** Does what needs space, dropping the oldest while the disk has none. Rejects once nothing is left to drop. */
  async makeOnDisk<T>(lastSeq: number, action: () => Promise<T>): Promise<T> {
    // Not without end: what failed may itself leave something behind that can be freed.
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
   * Deletes settled segments; the newest one as well where it holds more than so many settled bytes. Nothing is
   * unlinked before the log says where its records went.
   */
  async deleteSettled(maxSettledBytes: number, lastSeq: number): Promise<void> {
    await this.ledger.catchUp(lastSeq);
    if (this.segments.settledBytesInNewest > maxSettledBytes) await this.segments.start(lastSeq);
    await this.segments.deleteSettled();
    await this.reserve.refill();
  }

  /** False where there was nothing to free. */
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
        // Then the last seq stands in the log alone until the next append.
        if (!isOutOfSpace(error)) throw error;
      }
    }
    await this.segments.delete(segments);
  }
}
