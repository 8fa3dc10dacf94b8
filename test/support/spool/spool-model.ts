/** A model of the spool: sets of ids and the state of each. */
import assert from 'node:assert/strict';
import type { DropReason } from '@kinetrack/schema';
import type { SegmentSpool } from '../../../agent/src/spool/index.ts';
import { DurabilityModel, idsIn, OWN_REASONS } from './durability-model.ts';

export interface ReadLimits {
  readonly maxRecords: number;
  readonly maxBytes: number;
}

const everything: ReadLimits = { maxRecords: 1_000_000, maxBytes: 1e12 };

export class SpoolModel {
  readonly durability = new DurabilityModel();
  /** Reason of each dropped id, reported or not. */
  readonly #reasons = new Map<number, DropReason>();
  readonly #lines = new Map<number, string>();
  /** A call was refused since the spool was opened: after a crash it may have taken effect or not. */
  isUncertain: boolean = false;

  get lastSeq(): number {
    return Math.max(0, ...this.#lines.keys(), ...this.#reasons.keys());
  }

  get pendingIds(): readonly number[] {
    const { accepted, acking } = this.durability;
    return [...accepted].filter((id) => !acking.has(id) && !this.#reasons.has(id)).sort((a, b) => a - b);
  }

  accept(id: number, line: string): void {
    this.durability.accepted.add(id);
    this.#lines.set(id, line);
  }

  lose(id: number, reason: DropReason): void {
    this.#reasons.set(id, reason);
  }

  /** The oldest, in order; at least one if any is pending. */
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

  /** Checks that the spool has dropped only the oldest pending records. Returns how many since the last check. */
  noticeDropped(spool: SegmentSpool): number {
    const candidates = this.pendingIds;
    const fresh: number[] = [];
    for (const { reason, ranges } of spool.losses()) {
      if (!OWN_REASONS.includes(reason)) continue;
      for (const id of idsIn(ranges)) {
        if (this.#reasons.has(id)) continue;
        this.#reasons.set(id, reason);
        this.durability.lost.add(id);
        fresh.push(id);
      }
    }
    assert.deepEqual(
      fresh.sort((a, b) => a - b),
      candidates.slice(0, fresh.length),
      'the oldest are dropped',
    );
    return fresh.length;
  }

  /** Compares the spool with the model while no call is under way. */
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
        delivered: [...this.durability.acking].filter((id) => !this.#reasons.has(id)).length,
        dropped,
      },
      context,
    );
    const listed = new Map(
      spool.losses().flatMap(({ reason, ranges }) => [...idsIn(ranges)].map((id) => [id, reason])),
    );
    const expected = [...this.#reasons].filter(([id]) => !this.durability.reported.has(id));
    assert.deepEqual([...listed].sort(byId), expected.sort(byId), `${context}: losses`);
  }

  /** Compares a reopened spool with the model, or with its guarantees if a refused call makes the model uncertain. */
  async assertReopened(spool: SegmentSpool, context: string): Promise<void> {
    await this.durability.assertKeptBy(spool, context);
    if (!this.isUncertain) return this.assertSame(spool, context);
    await this.durability.adopt(spool);
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
