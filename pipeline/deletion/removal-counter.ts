/** Counts the data removed by a deletion. */
import type { DeletionProgress, NotDone, RemovedCounts } from '@kinetrack/schema';
import type { LineKind } from './event-lines.ts';
import type { ScrubOutcome } from './scrub.ts';

/** Maximum number of objects listed in a receipt, which people read. */
const MAX_LISTED = 100;

type Counts = Pick<DeletionProgress, 'removed' | 'not_done' | 'not_done_unlisted'>;
type Counted = Exclude<keyof RemovedCounts, 'events'>;

export const NOTHING_REMOVED: RemovedCounts = {
  objects_read: 0,
  objects_rewritten: 0,
  objects_deleted: 0,
  events: {},
  minute_rows: 0,
  hour_rows: 0,
  summary_items: 0,
  screenshots: 0,
  error_records: 0,
  versions: 0,
};

export class RemovalCounter {
  readonly #counts: Record<Counted, number>;
  readonly #events: Partial<Record<LineKind, number>>;
  readonly #notDone: NotDone[];
  #unlisted: number;

  /** Continues from earlier counts. */
  constructor({ removed, not_done, not_done_unlisted }: Counts) {
    const { events, ...counts } = removed;
    this.#counts = { ...counts };
    this.#events = { ...events };
    this.#notDone = [...not_done];
    this.#unlisted = not_done_unlisted;
  }

  add(name: Counted, count = 1): void {
    this.#counts[name] += count;
  }

  addEvent(kind: LineKind): void {
    this.#events[kind] = (this.#events[kind] ?? 0) + 1;
  }

  addObject(key: string, { change, damaged }: Pick<ScrubOutcome, 'change' | 'damaged'>): void {
    if (change === 'gone') return;
    this.add('objects_read');
    if (change === 'rewritten') this.add('objects_rewritten');
    if (change === 'deleted') this.add('objects_deleted');
    if (!damaged) return;
    this.addNotDone(
      key,
      change === 'none'
        ? 'the compression is damaged; the readable part has no data of the person, so the object was not changed'
        : 'the compression is damaged; only readable lines of other people were kept',
    );
  }

  addNotDone(key: string, why: string): void {
    // The second pass reads the same objects again.
    if (this.#notDone.some((known) => known.key === key)) return;
    if (this.#notDone.length < MAX_LISTED) this.#notDone.push({ key, why });
    else this.#unlisted += 1;
  }

  get changes(): number {
    return this.#counts.objects_rewritten + this.#counts.objects_deleted + this.#counts.screenshots;
  }

  /** The counts, as progress and receipts store them. */
  get counts(): Counts {
    return {
      removed: { ...this.#counts, events: { ...this.#events } },
      not_done: [...this.#notDone],
      not_done_unlisted: this.#unlisted,
    };
  }
}
