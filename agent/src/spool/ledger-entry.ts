/** What the ledger's log consists of: one JSON object a frame, whose seq is the last one given out by then. */
import { DROP_REASONS, type DropReason } from '@kinetrack/schema';
import { encodeFrame } from './frame.ts';
import type { IdRange } from './id-ranges.ts';
import type { Loss } from './spool.ts';

export type Dropped = Readonly<Partial<Record<DropReason, number>>>;

/** Absolute, in every entry: one that is damaged does not falsify the sums behind it. */
export interface Totals {
  readonly delivered: number;
  readonly dropped: Dropped;
}

export interface LedgerEntry extends Totals {
  /** Ids that left the spool: with this entry, or, in the first one of a file, before it. */
  readonly settled: readonly IdRange[];
  /** Losses to be told: those of this entry, or, in the first one of a file, all. */
  readonly lost: readonly Loss[];
  /** Losses that were told. */
  readonly told: readonly Loss[];
}

export const encodeEntry = (entry: LedgerEntry, lastSeq: number): Buffer =>
  encodeFrame(lastSeq, JSON.stringify(entry));

/** Undefined for what no spool has written. */
export function decodeEntry(payload: Buffer): LedgerEntry | undefined {
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
