/**
 * Who left the spool, and why: lastSeq = delivered + pending + dropped by reason, whenever somebody looks.
 *
 * What was acknowledged or dropped by its id counts at once, also where the disk refuses to write it down: the
 * caller is done with it. After a crash it is then pending again, which the event's seq makes harmless. What the
 * spool itself gives up, or skips, counts only once it is written down.
 */
import type { DropReason } from '@kinetrack/schema';
import { countOf, type IdRange, IdRanges } from './id-ranges.ts';
import { encodeEntry, type Totals } from './ledger-entry.ts';
import type { LedgerLog } from './ledger-log.ts';
import { LossBook } from './loss-book.ts';
import type { Loss } from './spool.ts';

export interface LedgerState {
  readonly totals: Totals;
  /** Those that nobody was told of yet. */
  readonly losses: readonly Loss[];
}

interface Change {
  readonly settled: readonly IdRange[];
  readonly lost: readonly Loss[];
  readonly told: readonly Loss[];
  readonly after: LedgerState;
}

export class Ledger {
  #state: LedgerState;
  /** A seq that was skipped in vain: the file may say so all the same after a crash. */
  #claimsTooMuch: boolean = false;

  constructor(
    private readonly log: LedgerLog,
    /** What is in the segments: everything else up to the last seq has left. */
    private readonly pendingRanges: () => readonly IdRange[],
    known: LedgerState,
  ) {
    this.#state = known;
  }

  get totals(): Totals {
    return this.#state.totals;
  }

  get losses(): readonly Loss[] {
    return this.#state.losses;
  }

  /** Delivered; the records are settled already. */
  async ack(settled: readonly IdRange[], lastSeq: number): Promise<void> {
    const { totals, losses } = this.#state;
    const delivered = totals.delivered + countOf(settled);
    const after = { totals: { ...totals, delivered }, losses };
    this.#state = after;
    await this.#write({ settled, lost: [], told: [], after }, lastSeq);
  }

  /** Given up by whoever asked for it; the records are settled already. */
  async drop(reason: DropReason, settled: readonly IdRange[], lastSeq: number): Promise<void> {
    const change = this.#loss(reason, settled);
    this.#state = change.after;
    await this.#write(change, lastSeq);
  }

  /** Given up by the spool: `settle` is called in the moment in which it counts. */
  async lose(
    reason: DropReason,
    settled: readonly IdRange[],
    lastSeq: number,
    settle: () => void,
  ): Promise<void> {
    const change = this.#loss(reason, settled);
    await this.#write(change, lastSeq);
    this.#state = change.after;
    settle();
  }

  /** As lose(), of seqs behind the last one that was given out. */
  async skip(reason: DropReason, range: IdRange, advance: () => void): Promise<void> {
    try {
      await this.lose(reason, [range], range[1], advance);
    } catch (error) {
      this.#claimsTooMuch = true;
      throw error;
    }
  }

  /** Their readers need not be told again. */
  async told(losses: readonly Loss[], lastSeq: number): Promise<void> {
    const book = new LossBook(this.#state.losses);
    book.remove(losses);
    const after = { totals: this.#state.totals, losses: book.all };
    await this.#write({ settled: [], lost: [], told: losses, after }, lastSeq);
    this.#state = after;
  }

  /** Once it resolves, what is known here is durable. */
  catchUp(lastSeq: number): Promise<void> {
    return this.log.catchUp(() => this.#whole(lastSeq));
  }

  /** To be called before a seq is given out that a failed skip() wanted to have. */
  async assertNextSeqIsFree(lastSeq: number): Promise<void> {
    if (this.#claimsTooMuch) await this.log.rewrite(() => this.#whole(lastSeq));
    this.#claimsTooMuch = false;
  }

  #loss(reason: DropReason, ranges: readonly IdRange[]): Change {
    const { delivered, dropped } = this.#state.totals;
    const totals = { delivered, dropped: { ...dropped, [reason]: (dropped[reason] ?? 0) + countOf(ranges) } };
    const book = new LossBook(this.#state.losses);
    book.add(reason, ranges);
    return { settled: ranges, lost: [{ reason, ranges }], told: [], after: { totals, losses: book.all } };
  }

  #write({ settled, lost, told, after }: Change, lastSeq: number): Promise<void> {
    const entry = encodeEntry({ settled, ...after.totals, lost, told }, lastSeq);
    return this.log.add(entry, () => this.#whole(lastSeq, after, settled));
  }

  /** What a new log begins with. */
  #whole(lastSeq: number, { totals, losses } = this.#state, leaving: readonly IdRange[] = []): Buffer {
    const pending = new IdRanges(this.pendingRanges());
    const settled = new IdRanges(pending.missing(1, lastSeq));
    for (const [from, to] of leaving) settled.add(from, to);
    return encodeEntry({ settled: settled.ranges, ...totals, lost: losses, told: [] }, lastSeq);
  }
}
