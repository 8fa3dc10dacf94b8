/** Losses that nobody has told the lake of yet. */
import { DROP_REASONS, type DropReason } from '@kinetrack/schema';
import { type IdRange, IdRanges } from './id-ranges.ts';
import type { Loss } from './spool.ts';

export class LossBook {
  readonly #byReason = new Map<DropReason, IdRanges>();

  constructor(losses: readonly Loss[] = []) {
    for (const { reason, ranges } of losses) this.add(reason, ranges);
  }

  get all(): readonly Loss[] {
    return DROP_REASONS.flatMap((reason) => {
      const ranges = this.#byReason.get(reason)?.ranges ?? [];
      return ranges.length > 0 ? [{ reason, ranges: [...ranges] }] : [];
    });
  }

  add(reason: DropReason, ranges: readonly IdRange[]): void {
    const ids = this.#byReason.get(reason) ?? new IdRanges();
    for (const [from, to] of ranges) ids.add(from, to);
    this.#byReason.set(reason, ids);
  }

  /** Takes out what was told; what is not in the book is ignored. */
  remove(losses: readonly Loss[]): void {
    for (const { reason, ranges } of losses) {
      const told = new IdRanges();
      for (const [from, to] of ranges) told.add(from, to);
      const rest = new IdRanges();
      for (const [from, to] of this.#byReason.get(reason)?.ranges ?? []) {
        for (const [first, last] of told.missing(from, to)) rest.add(first, last);
      }
      this.#byReason.set(reason, rest);
    }
  }
}
