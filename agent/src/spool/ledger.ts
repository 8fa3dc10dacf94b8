/**
 * Counts of ids that left the spool, by reason: lastSeq = delivered + pending + dropped, at any time.
 *
 * Invariants:
 *  1. Records acknowledged or dropped by the caller count at once, even if the disk refuses the log
 *     entry: the caller is done with them. After a crash they are pending again, which is harmless
 *     because of the event's seq.
 *  2. Records that the spool itself drops or skips count only once the log entry is durable.
 *  3. The file is an append-only log that starts with the whole state. It is rewritten when it is
 *     opened, has grown too far, or a write to it failed. The new file replaces the old one by a
 *     rename, so there is always one whole log.
 *  4. Sums are absolute in each entry: a damaged entry does not affect later ones.
 *
 * An entry is one JSON object in a frame. The seq of the frame is the last used seq at that time.
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
  /** A skip failed: after a crash, the file may contain it anyway. */
  #claimsTooMuch: boolean = false;

  constructor(
    private readonly log: LedgerLog,
    /** Pending ids in the segments: all other ids up to the last seq have left. */
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

  /** Delivered; the records are already settled. */
  async ack(settled: readonly IdRange[], lastSeq: number): Promise<void> {
    const { totals, losses } = this.#state;
    const delivered = totals.delivered + countOf(settled);
    const after = { totals: { ...totals, delivered }, losses };
    this.#state = after;
    await this.#write({ settled, lost: [], reported: [], after }, lastSeq);
  }

  /** Dropped by the caller; the records are already settled. */
  async drop(reason: DropReason, settled: readonly IdRange[], lastSeq: number): Promise<void> {
    const change = this.#loss(reason, settled);
    this.#state = change.after;
    await this.#write(change, lastSeq);
  }

  /** Dropped by the spool. Calls `settle` at the moment the loss counts. */
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

  /** Like lose(), for seqs after the last used one. */
  async skip(reason: DropReason, range: IdRange, advance: () => void): Promise<void> {
    try {
      await this.lose(reason, [range], range[1], advance);
    } catch (error) {
      this.#claimsTooMuch = true;
      throw error;
    }
  }

  /** Marks these losses as stored in the lake: they are not reported again. */
  async markReported(losses: readonly Loss[], lastSeq: number): Promise<void> {
    const unreported = new LossSet(this.#state.losses);
    unreported.remove(losses);
    const after = { totals: this.#state.totals, losses: unreported.all };
    await this.#write({ settled: [], lost: [], reported: losses, after }, lastSeq);
    this.#state = after;
  }

  /** Makes the whole state durable. */
  catchUp(lastSeq: number): Promise<void> {
    return this.log.catchUp(() => this.#whole(lastSeq));
  }

  /** Call it before using a seq of a failed skip(). */
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

  /** The first entry of a new log. */
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
/** Growth of the log before it is rewritten. */
const GROWTH_BYTES = 256 * 1024;

export interface LoggedEntry {
  readonly entry: LedgerEntry;
  readonly lastSeq: number;
}

export interface LogContent {
  readonly entries: readonly LoggedEntry[];
  /** No entry is missing, except one whose write never finished. */
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
    // A kill or a power cut leaves a partial frame at the end. Any other damage was an entry.
    const isTorn = part.end === bytes.length && wholeFramesIn(bytes.subarray(part.at), 0) === 0;
    if (!isTorn) isWhole = false;
  }
  return { entries, isWhole: isWhole && entries.length > 0 };
}

export class LedgerLog {
  readonly #path: string;
  #file: AppendFile | undefined;
  /** The file may lack an entry, or have one that does not count. */
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

  /** Reads the log of an earlier process; its size is known from the listing. */
  async load(size: number): Promise<LogContent> {
    this.#oldBytes = size;
    const bytes = Buffer.allocUnsafe(size);
    return readLog(bytes.subarray(0, await this.disk.readInto(this.#path, bytes, 0)));
  }

  /** Durable once it resolves. `whole` returns the first entry of a new file, including this change. */
  async add(entry: Buffer, whole: () => Buffer): Promise<void> {
    const file = this.#file;
    if (!this.#isBehind && file?.trusted) {
      try {
        if (file.size >= this.#rewriteAt) return await this.rewrite(whole);
      } catch (error) {
        // Continue with the old file, and do not retry the rewrite at every entry.
        if (this.#file !== file) throw error;
        this.#rewriteAt = file.size + GROWTH_BYTES;
        this.#isBehind = false;
      }
      try {
        await this.reserve.use(() => file.append(entry));
        return;
      } catch {
        // Fall through: a new file includes this entry.
      }
    }
    await this.rewrite(whole);
  }

  /** Rewrites the file if it is behind the ledger. */
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
      // Windows cannot rename over an open file.
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

/** Absolute in every entry: a damaged entry does not affect later sums. */
export interface Totals {
  readonly delivered: number;
  readonly dropped: Dropped;
}

export interface LedgerEntry extends Totals {
  /** Ids that left the spool with this entry; in the first entry of a file, all ids that left before. */
  readonly settled: readonly IdRange[];
  /** Losses of this entry; in the first entry of a file, all unreported losses. */
  readonly lost: readonly Loss[];
  /** Losses reported by now. The key is part of the file format. */
  readonly told: readonly Loss[];
}

const encodeEntry = (entry: LedgerEntry, lastSeq: number): Buffer =>
  encodeFrame(lastSeq, JSON.stringify(entry));

/** Undefined for data that no spool has written. */
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

// Checked by hand: a log may have hundreds of thousands of ranges, and a start takes two seconds at most.
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
