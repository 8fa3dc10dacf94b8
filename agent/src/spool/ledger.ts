/**
 * Which ids left the spool, and why: lastSeq = delivered + pending + dropped by reason, at any moment.
 *
 * Invariants:
 *  1. What was acknowledged or dropped by its id counts at once, also where the disk refuses to write it down: the
 *     caller is done with it. After a crash it is then pending again, which the event's seq makes harmless.
 *  2. What the spool itself gives up, or skips, counts only once it is written down.
 *  3. The file behind it is an append-only log that begins with everything known by then. It is written anew when
 *     it is opened, has grown, or a write to it failed; the new file replaces the old one by renaming, so that
 *     there is always one whole log.
 *  4. Sums are absolute in each entry: a damaged entry does not falsify those behind it.
 *
 * An entry is one JSON object in a frame, whose seq is the last one given out by then.
 */
import { join } from 'node:path';
import { DROP_REASONS, type DropReason } from '@kinetrack/schema';
import { AppendFile, type Disk } from './disk.ts';
import { encodeFrame, payloadOf, scanFrames, wholeFramesIn } from './frame.ts';
import { countOf, type IdRange, IdRanges, type Loss, LossSet } from './id-ranges.ts';

export interface LedgerState {
  readonly totals: Totals;
  /** Losses not yet reported. */
  readonly losses: readonly Loss[];
}

interface Change {
  readonly settled: readonly IdRange[];
  readonly lost: readonly Loss[];
  readonly reported: readonly Loss[];
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

  /** Bytes on the disk. */
  get bytes(): number {
    return this.log.bytes;
  }

  close(): Promise<void> {
    return this.log.close();
  }

  /** Delivered; the records are settled already. */
  async ack(settled: readonly IdRange[], lastSeq: number): Promise<void> {
    const { totals, losses } = this.#state;
    const delivered = totals.delivered + countOf(settled);
    const after = { totals: { ...totals, delivered }, losses };
    this.#state = after;
    await this.#write({ settled, lost: [], reported: [], after }, lastSeq);
  }

  /** Given up by the caller; the records are settled already. */
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

  /** The lake has these losses: they need not be reported again. */
  async markReported(losses: readonly Loss[], lastSeq: number): Promise<void> {
    const unreported = new LossSet(this.#state.losses);
    unreported.remove(losses);
    const after = { totals: this.#state.totals, losses: unreported.all };
    await this.#write({ settled: [], lost: [], reported: losses, after }, lastSeq);
    this.#state = after;
  }

  /** Once it resolves, what is known here is durable. */
  catchUp(lastSeq: number): Promise<void> {
    return this.log.catchUp(() => this.#whole(lastSeq));
  }

  /** To be called before a seq is given out that a failed skip() wanted to have. */
  async reclaimNextSeq(lastSeq: number): Promise<void> {
    if (this.#claimsTooMuch) await this.log.rewrite(() => this.#whole(lastSeq));
    this.#claimsTooMuch = false;
  }

  #loss(reason: DropReason, ranges: readonly IdRange[]): Change {
    const { delivered, dropped } = this.#state.totals;
    const totals = { delivered, dropped: { ...dropped, [reason]: (dropped[reason] ?? 0) + countOf(ranges) } };
    const unreported = new LossSet(this.#state.losses);
    unreported.add(reason, ranges);
    return {
      settled: ranges,
      lost: [{ reason, ranges }],
      reported: [],
      after: { totals, losses: unreported.all },
    };
  }

  #write({ settled, lost, reported, after }: Change, lastSeq: number): Promise<void> {
    const entry = encodeEntry({ settled, ...after.totals, lost, told: reported }, lastSeq);
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

/** Disk space for writes that must succeed on a full disk; see space.ts. */
export interface ReservedBytes {
  use<T>(action: () => Promise<T>): Promise<T>;
}

export const LOG_NAME = 'ledger.log';
const FRESH_NAME = `${LOG_NAME}.new`;
/** The log may grow by so many bytes before it is written anew. */
const GROWTH_BYTES = 256 * 1024;

export interface LoggedEntry {
  readonly entry: LedgerEntry;
  readonly lastSeq: number;
}

export interface LogContent {
  readonly entries: readonly LoggedEntry[];
  /** Nothing is missing, apart from an entry whose write never finished. */
  readonly isWhole: boolean;
}

export function readLog(bytes: Buffer): LogContent {
  const entries: LoggedEntry[] = [];
  let isWhole = true;
  for (const part of scanFrames(bytes)) {
    if (part.kind === 'frame') {
      const entry = decodeEntry(payloadOf(bytes, part));
      if (entry === undefined) isWhole = false;
      else entries.push({ entry, lastSeq: part.seq });
      continue;
    }
    // A kill or a power cut leaves a part of a frame at the end; whatever else is no frame was one.
    const isTorn = part.end === bytes.length && wholeFramesIn(bytes.subarray(part.at), 0) === 0;
    if (!isTorn) isWhole = false;
  }
  return { entries, isWhole: isWhole && entries.length > 0 };
}

export class LedgerLog {
  readonly #path: string;
  #file: AppendFile | undefined;
  /** An entry may be missing in the file, or stand there although it does not hold. */
  #isBehind: boolean = true;
  #rewriteAt = 0;
  #oldBytes = 0;

  constructor(
    private readonly disk: Disk,
    private readonly dir: string,
    private readonly reserve: ReservedBytes,
  ) {
    this.#path = join(dir, LOG_NAME);
  }

  /** Bytes on the disk. */
  get bytes(): number {
    return this.#file?.size ?? this.#oldBytes;
  }

  /** What an earlier process left: its size is known from the listing. */
  async load(size: number): Promise<LogContent> {
    this.#oldBytes = size;
    const bytes = Buffer.allocUnsafe(size);
    return readLog(bytes.subarray(0, await this.disk.readInto(this.#path, bytes, 0)));
  }

  /** Durable once it resolves. `whole` is what a new file would begin with; it includes the entry. */
  async add(entry: Buffer, whole: () => Buffer): Promise<void> {
    const file = this.#file;
    if (!this.#isBehind && file?.trusted) {
      try {
        if (file.size >= this.#rewriteAt) return await this.rewrite(whole);
      } catch (error) {
        // The old one goes on, and is not tried to be shortened at every entry.
        if (this.#file !== file) throw error;
        this.#rewriteAt = file.size + GROWTH_BYTES;
        this.#isBehind = false;
      }
      try {
        await this.reserve.use(() => file.append(entry));
        return;
      } catch {
        // Fall through: a fresh file holds this entry as well as all others.
      }
    }
    await this.rewrite(whole);
  }

  /** Once it resolves, the file says what the ledger knows. */
  async catchUp(whole: () => Buffer): Promise<void> {
    if (this.#isBehind) await this.rewrite(whole);
  }

  async rewrite(whole: () => Buffer): Promise<void> {
    this.#isBehind = true;
    await this.reserve.use(() => this.#replace(whole()));
    this.#isBehind = false;
  }

  async close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    this.#oldBytes = file?.size ?? this.#oldBytes;
    await file?.close().catch(() => undefined);
  }

  async #replace(content: Buffer): Promise<void> {
    const fresh = join(this.dir, FRESH_NAME);
    await this.disk.remove(fresh);
    const file = new AppendFile(await this.disk.create(fresh));
    try {
      await file.append(content);
      // Windows does not rename over a file that is open.
      await this.close();
      await this.disk.rename(fresh, this.#path);
      await this.disk.syncFolder(this.dir);
    } catch (error) {
      await file.close().catch(() => undefined);
      await this.disk.remove(fresh).catch(() => undefined);
      throw error;
    }
    this.#file = file;
    this.#rewriteAt = content.length + GROWTH_BYTES;
  }
}

export type Dropped = Readonly<Partial<Record<DropReason, number>>>;

/** Absolute, in every entry: one that is damaged does not falsify the sums behind it. */
export interface Totals {
  readonly delivered: number;
  readonly dropped: Dropped;
}

export interface LedgerEntry extends Totals {
  /** Ids that left the spool: with this entry, or, in the first one of a file, before it. */
  readonly settled: readonly IdRange[];
  /** Losses to report: those of this entry, or, in the first one of a file, all. */
  readonly lost: readonly Loss[];
  /** Losses reported by now. The key is part of the file format. */
  readonly told: readonly Loss[];
}

const encodeEntry = (entry: LedgerEntry, lastSeq: number): Buffer =>
  encodeFrame(lastSeq, JSON.stringify(entry));

/** Undefined for what no spool has written. */
function decodeEntry(payload: Buffer): LedgerEntry | undefined {
  try {
    const entry: unknown = JSON.parse(payload.toString('utf8'));
    return isEntry(entry) ? entry : undefined;
  } catch {
    return undefined;
  }
}

export const sumOf = (dropped: Dropped): number =>
  Object.values(dropped).reduce((sum, count) => sum + count, 0);

// By hand: a log can hold hundreds of thousands of ranges, and a start takes two seconds at most.
function isEntry(value: unknown): value is LedgerEntry {
  return (
    isObject(value) &&
    isCount(value.delivered) &&
    isObject(value.dropped) &&
    Object.entries(value.dropped).every(([reason, count]) => isReason(reason) && isCount(count)) &&
    isRanges(value.settled) &&
    isLosses(value.lost) &&
    isLosses(value.told)
  );
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;
const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 0;
const isReason = (value: unknown): boolean => DROP_REASONS.some((reason) => reason === value);
const isRanges = (value: unknown): boolean =>
  Array.isArray(value) &&
  value.every((range) => Array.isArray(range) && range.length === 2 && range.every(isCount));
const isLosses = (value: unknown): boolean =>
  Array.isArray(value) &&
  value.every((loss: unknown) => isObject(loss) && isReason(loss.reason) && isRanges(loss.ranges));
