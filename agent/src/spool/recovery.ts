/**
 * Recovers the state of a spool from its segments and log, after any end of the previous process.
 *
 * Every seq up to the last one is either pending (in a segment, and not settled by the log), or
 * dropped (by the log, or because it is in neither place), or delivered.
 */
import type { DropReason } from '@kinetrack/schema';
import type { Disk } from './disk.ts';
import { FRAME_HEADER_BYTES } from './frame.ts';
import { countOf, type IdRange, IdRanges, LossSet } from './id-ranges.ts';
import { type Dropped, type LedgerState, type LogContent, sumOf } from './ledger.ts';
import type { DamagedPart, Segment } from './segment.ts';

export interface RecoveryReport {
  /** Bytes of an unfinished append: it was not accepted, so nothing is lost. */
  readonly tornBytes: number;
  /** Accepted bytes that are now unreadable. */
  readonly damagedBytes: number;
  /** Unacknowledged records in the damaged bytes. */
  readonly lostRecords: number;
}

export interface Recovered {
  readonly lastSeq: number;
  readonly ledger: LedgerState;
  readonly report: RecoveryReport;
}

/** Scans the segments, oldest first, and reconciles them with the log. */
export async function recover(disk: Disk, segments: readonly Segment[], log: LogContent): Promise<Recovered> {
  const known = replay(log);
  const found = await scanAll(disk, segments, known.settled);
  const lastSeq = Math.max(known.lastSeq, found.lastSeq);
  const present = new IdRanges(known.settled.ranges);
  let pending = 0;
  for (const segment of segments) {
    pending += segment.pendingRecords;
    for (const [from, to] of segment.pendingRanges()) present.add(from, to);
  }
  const spans = new IdRanges(found.spans);
  const lost = new LossSet();
  let lostRecords = 0;
  for (const gap of present.missing(1, lastSeq)) {
    const elsewhere = spans.missing(...gap);
    const here = new IdRanges(elsewhere).missing(...gap);
    lost.add('damaged', here);
    lostRecords += countOf(here);
    // If the log itself has gaps, ids in no segment count as delivered.
    if (log.isWhole) lost.add('file_missing', elsewhere);
  }
  const dropped = withoutExcess(added(known.dropped, lost), lastSeq - pending);
  for (const { reason, ranges } of lost.all) known.losses.add(reason, ranges);
  return {
    lastSeq,
    ledger: {
      totals: { delivered: lastSeq - pending - sumOf(dropped), dropped },
      losses: known.losses.all,
    },
    report: { tornBytes: found.tornBytes, damagedBytes: found.damagedBytes, lostRecords },
  };
}

function replay({ entries }: LogContent) {
  const settled = new IdRanges();
  const losses = new LossSet();
  let lastSeq = 0;
  for (const { entry, lastSeq: seq } of entries) {
    for (const [from, to] of entry.settled) settled.add(from, to);
    for (const { reason, ranges } of entry.lost) losses.add(reason, ranges);
    losses.remove(entry.told);
    lastSeq = Math.max(lastSeq, seq);
  }
  const dropped: Dropped = entries.at(-1)?.entry.dropped ?? {};
  return { settled, losses, lastSeq, dropped };
}

async function scanAll(disk: Disk, segments: readonly Segment[], settled: IdRanges) {
  // One buffer for all segments: a full spool has hundreds.
  const buffer = Buffer.allocUnsafe(Math.max(0, ...segments.map(({ bytes }) => bytes)));
  /** Ids that must be in an existing segment. */
  const spans: IdRange[] = [];
  let lastSeq = segments.at(-1)?.base ?? 0;
  let tornBytes = 0;
  let damagedBytes = 0;
  for (const [i, segment] of segments.entries()) {
    const next = segments[i + 1];
    const nextBase = next?.index === segment.index + 1 ? next.base : undefined;
    const length = await disk.readInto(segment.path, buffer.subarray(0, segment.bytes), 0);
    const maxId = next?.base ?? Number.MAX_SAFE_INTEGER;
    const { lastId, damage } = segment.scan(buffer.subarray(0, length), maxId, (id) => settled.has(id));
    let last = nextBase ?? lastId;
    for (const part of damage) {
      const lastLost = lastIn(part, nextBase);
      if (lastLost <= part.afterId) tornBytes += part.bytes;
      else damagedBytes += part.bytes;
      last = Math.max(last, lastLost);
    }
    if (last > segment.base) spans.push([segment.base + 1, last]);
    lastSeq = Math.max(lastSeq, last);
  }
  return { spans, lastSeq, tornBytes, damagedBytes };
}

/**
 * The last accepted id in damaged bytes; the id before them if there is none. Ids are contiguous,
 * so it is the one before the next intact id. At the end of a segment that is the base of the next
 * segment. At the end of the last segment only whole frames count: a partial frame is an append
 * that never resolved.
 */
function lastIn(part: DamagedPart, nextBase: number | undefined): number {
  if (part.beforeId !== undefined) return part.beforeId - 1;
  const most = Math.floor(part.bytes / FRAME_HEADER_BYTES);
  return nextBase ?? part.afterId + Math.min(part.wholeFrames, most);
}

function added(dropped: Dropped, lost: LossSet): Dropped {
  const sums: Partial<Record<DropReason, number>> = { ...dropped };
  for (const { reason, ranges } of lost.all) sums[reason] = (sums[reason] ?? 0) + countOf(ranges);
  return sums;
}

/**
 * If an entry of the log is damaged, the records it dropped are pending again although later sums
 * count them. They no longer count as dropped.
 */
function withoutExcess(dropped: Dropped, most: number): Dropped {
  let excess = sumOf(dropped) - most;
  if (excess <= 0) return dropped;
  const entries = Object.entries(dropped).map(([reason, count]) => {
    const taken = Math.min(count, excess);
    excess -= taken;
    return [reason, count - taken];
  });
  return Object.fromEntries(entries.filter(([, count]) => count !== 0));
}
