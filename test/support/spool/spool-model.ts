/** What a spool has to answer: sets of ids and what is known of each. */
import assert from 'node:assert/strict';
import type { DropReason } from '@kinetrack/schema';
import type { SegmentSpool } from '../../../agent/src/spool/index.ts';
import { idsIn, MADE_ROOM, Promises } from './durability-model.ts';

export interface ReadLimits {
  readonly maxRecords: number;
  readonly maxBytes: number;
}

const everything: ReadLimits = { maxRecords: 1_000_000, maxBytes: 1e12 };

export class SpoolModel {
  readonly promises = new Promises();
  /** Each id that counts as dropped, whether anybody was told or not. */
  readonly #reasons = new Map<number, DropReason>();
  readonly #lines = new Map<number, string>();
  /** Something was refused since the spool was opened: after a crash it may have happened or not. */
  isUncertain: boolean = false;

  get lastSeq(): number {
    return Math.max(0, ...this.#lines.keys(), ...this.#reasons.keys());
  }

  get pendingIds(): readonly number[] {
    const { accepted, acking } = this.promises;
    return [...accepted].filter((id) => !acking.has(id) && !this.#reasons.has(id)).sort((a, b) => a - b);
  }

  accept(id: number, line: string): void {
    this.promises.accepted.add(id);
    this.#lines.set(id, line);
  }

  lose(id: number, reason: DropReason): void {
    this.#reasons.set(id, reason);
  }

  /** The oldest, in order, at least one where there is any. */
  read({ maxRecords, maxBytes }: ReadLimits, afterId = 0) {
    let bytes = 0;
    const found: { readonly id: number; readonly line: string }[] = [];
    for (const id of this.pendingIds) {
      const line = this.#lines.get(id) ?? '';
      bytes += Buffer.byteLength(line);
      if (id <= afterId) bytes = 0;
      else if (found.length > 0 && (found.length >= maxRecords || bytes > maxBytes)) break;
      else found.push({ id, line });
    }
    return found;
  }

  /** What made room since the last look: the oldest that were pending, and nothing else. Returns how many. */
  noticeRoomMade(spool: SegmentSpool): number {
    const candidates = this.pendingIds;
    const fresh: number[] = [];
    for (const { reason, ranges } of spool.losses()) {
      if (!MADE_ROOM.includes(reason)) continue;
      for (const id of idsIn(ranges)) {
        if (this.#reasons.has(id)) continue;
        this.#reasons.set(id, reason);
        this.promises.lost.add(id);
        fresh.push(id);
      }
    }
    assert.deepEqual(
      fresh.sort((a, b) => a - b),
      candidates.slice(0, fresh.length),
      'the oldest make room',
    );
    return fresh.length;
  }

  /** The spool answers as it has to, at any moment at which nothing is being done. */
  async assertSame(spool: SegmentSpool, context: string): Promise<void> {
    assert.deepEqual(await spool.read(everything), this.read(everything), context);
    assert.equal(spool.lastSeq, this.lastSeq, context);
    const { storage: _, ...status } = spool.status();
    const pending = this.read(everything);
    const dropped: Partial<Record<DropReason, number>> = {};
    for (const reason of this.#reasons.values()) dropped[reason] = (dropped[reason] ?? 0) + 1;
    assert.deepEqual(
      status,
      {
        pendingRecords: pending.length,
        pendingBytes: pending.reduce((sum, { line }) => sum + Buffer.byteLength(line), 0),
        delivered: [...this.promises.acking].filter((id) => !this.#reasons.has(id)).length,
        dropped,
      },
      context,
    );
    const told = new Map(
      spool.losses().flatMap(({ reason, ranges }) => [...idsIn(ranges)].map((id) => [id, reason])),
    );
    const untold = [...this.#reasons].filter(([id]) => !this.promises.reported.has(id));
    assert.deepEqual([...told].sort(byId), untold.sort(byId), `${context}: losses`);
  }

  /** A spool that was opened on what the last one left: the same where all is certain, otherwise what it promised. */
  async assertReopened(spool: SegmentSpool, context: string): Promise<void> {
    await this.promises.assertKeptBy(spool, context);
    if (!this.isUncertain) return this.assertSame(spool, context);
    await this.promises.adopt(spool);
    for (const { id, line } of await spool.read(everything)) {
      this.accept(id, line);
      this.#reasons.delete(id);
    }
    for (const { reason, ranges } of spool.losses())
      for (const id of idsIn(ranges)) this.#reasons.set(id, reason);
    this.isUncertain = false;
    await this.assertSame(spool, context);
  }
}

const byId = ([a]: readonly [number, unknown], [b]: readonly [number, unknown]): number => a - b;
