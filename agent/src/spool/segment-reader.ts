/** Reads pending records out of the segments, as far as their keys can be had. */
import type { DropReason } from '@kinetrack/schema';
import type { Disk } from './disk.ts';
import { IdRanges } from './id-ranges.ts';
import { errorCode } from './io-error.ts';
import type { KeyRing } from './keys/key-ring.ts';
import type { Ledger } from './ledger.ts';
import { type PlannedRead, planRead } from './read-plan.ts';
import type { SegmentList } from './segment-list.ts';
import type { ReadOptions, SpoolRecord } from './spool.ts';

export interface SegmentReaderParts {
  readonly disk: Disk;
  readonly keys: KeyRing;
  readonly segments: SegmentList;
  readonly ledger: Ledger;
}

export class SegmentReader {
  constructor(private readonly parts: SegmentReaderParts) {}

  async read(options: ReadOptions, lastSeq: number): Promise<readonly SpoolRecord[]> {
    const { segments, keys } = this.parts;
    for (;;) {
      const readable = segments.all.filter(({ keyId }) => keys.find(keyId) !== undefined);
      const plan = planRead(readable, options);
      const found: SpoolRecord[] = [];
      for (const part of plan) for (const record of await this.#load(part, lastSeq)) found.push(record);
      // Nothing found although something was planned: it was lost just now, so the next ones are due.
      if (found.length > 0 || plan.length === 0) return found;
    }
  }

  /** The records of one segment; those that went bad since they were written are counted as lost. */
  async #load({ segment, ids }: PlannedRead, lastSeq: number): Promise<readonly SpoolRecord[]> {
    const { disk, keys, ledger } = this.parts;
    const key = keys.find(segment.keyId);
    if (key === undefined) return [];
    let records: readonly SpoolRecord[] = [];
    let reason: DropReason = 'damaged';
    try {
      records = await segment.read(disk, key, ids);
    } catch (error) {
      // Somebody removed the file: waiting for it to come back would hold up everything behind it.
      if (errorCode(error) !== 'ENOENT') throw error;
      reason = 'file_missing';
    }
    if (records.length === ids.length) return records;
    const present = new Set(records.map(({ id }) => id));
    const lost = new IdRanges();
    for (const id of ids) if (!present.has(id)) lost.add(id);
    await ledger.lose(reason, lost.ranges, lastSeq, () => {
      for (const id of ids) if (!present.has(id)) segment.settle(id);
    });
    return records;
  }
}
