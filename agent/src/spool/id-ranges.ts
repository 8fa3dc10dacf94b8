/**
 * Sets of mostly contiguous ids: IdRanges is one set, LossSet one set per drop reason.
 *
 * Invariants: ranges are ascending and disjoint, and adjacent ranges are joined (1-3 and 4-6 become
 * 1-6), so a set of a million contiguous ids is one pair of numbers.
 */
import { DROP_REASONS, type DropReason } from '@kinetrack/schema';

/** First and last id, inclusive. */
export type IdRange = readonly [from: number, to: number];

/** Number of ids in disjoint ranges. */
export const countOf = (ranges: readonly IdRange[]): number =>
  ranges.reduce((sum, [from, to]) => sum + to - from + 1, 0);

export class IdRanges {
  #ranges: IdRange[] = [];

  constructor(ranges: readonly IdRange[] = []) {
    for (const [from, to] of ranges) this.add(from, to);
  }

  get ranges(): readonly IdRange[] {
    return this.#ranges;
  }

  /** Number of ids in the set. */
  get size(): number {
    return countOf(this.#ranges);
  }

  has(id: number): boolean {
    const range = this.#ranges[this.#firstEndingAtOrAbove(id)];
    return range !== undefined && range[0] <= id;
  }

  add(from: number, to = from): void {
    const start = this.#firstEndingAtOrAbove(from - 1);
    let end = start;
    let joined: IdRange = [from, to];
    for (
      let range = this.#ranges[end];
      range !== undefined && range[0] <= to + 1;
      range = this.#ranges[++end]
    ) {
      joined = [Math.min(joined[0], range[0]), Math.max(joined[1], range[1])];
    }
    this.#ranges.splice(start, end - start, joined);
  }

  /** The parts of a range that are not in the set. */
  missing(from: number, to: number): readonly IdRange[] {
    const gaps: IdRange[] = [];
    let next = from;
    for (let i = this.#firstEndingAtOrAbove(from); next <= to; i++) {
      const range = this.#ranges[i];
      if (range === undefined || range[0] > to) {
        gaps.push([next, to]);
        break;
      }
      if (range[0] > next) gaps.push([next, range[0] - 1]);
      next = range[1] + 1;
    }
    return gaps;
  }

  #firstEndingAtOrAbove(id: number): number {
    let low = 0;
    let high = this.#ranges.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const range = this.#ranges[middle];
      if (range !== undefined && range[1] < id) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Ids that will never be delivered, with the reason: reported to the lake by a `dropped` event. */
export interface Loss {
  readonly reason: DropReason;
  /** Ascending, disjoint. */
  readonly ranges: readonly IdRange[];
}

export class LossSet {
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

  /** Removes these ids; ids not in the set are ignored. */
  remove(losses: readonly Loss[]): void {
    for (const { reason, ranges } of losses) {
      const removed = new IdRanges(ranges);
      const rest = new IdRanges();
      for (const [from, to] of this.#byReason.get(reason)?.ranges ?? []) {
        for (const [first, last] of removed.missing(from, to)) rest.add(first, last);
      }
      this.#byReason.set(reason, rest);
    }
  }
}
