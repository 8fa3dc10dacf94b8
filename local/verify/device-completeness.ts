/** Completeness per device, from the rows of the completeness query. Names as in `verify --json`. */
import * as z from 'zod';

/** Inclusive. */
export interface SeqRange {
  readonly from_seq: number;
  readonly to_seq: number;
}

export interface PresentRange extends SeqRange {
  /** Approximate: at the ends of a range, the time can belong to a neighbouring event. */
  readonly first_ts: string;
  readonly last_ts: string;
}

export interface MissingRange extends SeqRange {
  /** Estimated from the neighbouring events. */
  readonly about_from_ts: string;
  readonly about_to_ts: string;
}

export interface DroppedRange extends SeqRange {
  /** Reported by the device. */
  readonly reason: string;
}

export interface Counted<Range extends SeqRange = SeqRange> {
  readonly events: number;
  /** Ascending. */
  readonly ranges: readonly Range[];
}

export interface DeviceCompleteness {
  readonly device_id: string;
  readonly first_seq: number;
  /** Higher numbers may exist on the device. */
  readonly last_seq: number;
  /** Earliest and latest time of an event. */
  readonly first_ts: string;
  readonly last_ts: string;
  readonly present: Counted<PresentRange>;
  /** Not in the lake, without explanation. */
  readonly missing: Counted<MissingRange>;
  /** Not in the lake; the device reported them as dropped. */
  readonly reported_dropped: Counted<DroppedRange>;
  /** Below the first number in the lake: expired or never arrived. */
  readonly before_lake: Counted;
  /** Additional copies. They change no figure. */
  readonly duplicated: Counted;
  /** Different events with one number: two computers share a device ID. */
  readonly reused: Counted;
}

export interface Verification {
  readonly lake: string;
  /** True if there is no unexplained finding. */
  readonly complete: boolean;
  /** Ascending by device ID. */
  readonly devices: readonly DeviceCompleteness[];
  /** Relative paths of unreadable objects. Their events do not count as present. */
  readonly damaged_objects: readonly string[];
  /** Number of objects in errors/. */
  readonly error_objects: number;
}

const seq = z.int().min(1);
const completenessRow = z.object({
  device_id: z.string(),
  status: z.enum(['present', 'missing', 'reported_dropped', 'before_lake', 'duplicated', 'reused']),
  reason: z.string().nullable(),
  from_seq: seq,
  to_seq: seq,
  events: seq,
  first_ts: z.string().nullable(),
  last_ts: z.string().nullable(),
});
type CompletenessRow = z.infer<typeof completenessRow>;

/** Accepts the rows of the query in any order. @throws ZodError for invalid rows */
export function devicesOf(rows: unknown): readonly DeviceCompleteness[] {
  const byDevice = new Map<string, CompletenessRow[]>();
  for (const row of completenessRow.array().parse(rows)) {
    const known = byDevice.get(row.device_id);
    if (known === undefined) byDevice.set(row.device_id, [row]);
    else known.push(row);
  }
  return [...byDevice]
    .map(([deviceId, deviceRows]) => deviceOf(deviceId, deviceRows))
    .sort((a, b) => (a.device_id < b.device_id ? -1 : 1));
}

function deviceOf(device_id: string, rows: readonly CompletenessRow[]): DeviceCompleteness {
  const sorted = rows.toSorted((a, b) => a.from_seq - b.from_seq);
  const counted = <Range extends SeqRange>(
    status: CompletenessRow['status'],
    rangeOf: (row: CompletenessRow) => Range,
  ): Counted<Range> => {
    const matching = sorted.filter((row) => row.status === status);
    return { events: matching.reduce((sum, { events }) => sum + events, 0), ranges: matching.map(rangeOf) };
  };
  const present = counted('present', presentRange);
  const ends = endsOf(present.ranges);
  return {
    device_id,
    ...ends,
    present,
    missing: counted('missing', (row) => ({ ...range(row), ...timeAround(row, present.ranges, ends) })),
    reported_dropped: counted('reported_dropped', (row) => ({
      ...range(row),
      reason: row.reason ?? 'unknown',
    })),
    before_lake: counted('before_lake', range),
    duplicated: counted('duplicated', range),
    reused: counted('reused', range),
  };
}

const range = ({ from_seq, to_seq }: CompletenessRow): SeqRange => ({ from_seq, to_seq });

const presentRange = (row: CompletenessRow): PresentRange => ({
  ...range(row),
  first_ts: row.first_ts ?? '',
  last_ts: row.last_ts ?? '',
});

function endsOf(present: readonly PresentRange[]) {
  let [first_ts, last_ts] = [present[0]?.first_ts ?? '', ''];
  for (const { first_ts: first, last_ts: last } of present) {
    if (first < first_ts) first_ts = first;
    if (last > last_ts) last_ts = last;
  }
  return {
    first_seq: present[0]?.from_seq ?? 0,
    last_seq: present.at(-1)?.to_seq ?? 0,
    first_ts,
    last_ts,
  };
}

/** The times of the two neighbours can be in either order, because ranges are approximate. */
function timeAround(
  gap: SeqRange,
  present: readonly PresentRange[],
  ends: { readonly first_ts: string; readonly last_ts: string },
): Pick<MissingRange, 'about_from_ts' | 'about_to_ts'> {
  const next = firstAbove(present, gap.to_seq);
  const before = present[next - 1]?.last_ts ?? ends.first_ts;
  const after = present[next]?.first_ts ?? ends.last_ts;
  return before < after
    ? { about_from_ts: before, about_to_ts: after }
    : { about_from_ts: after, about_to_ts: before };
}

/** Index of the first range above a number, by binary search. */
function firstAbove(ranges: readonly SeqRange[], seqBelow: number): number {
  let low = 0;
  let high = ranges.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ranges[middle]?.from_seq ?? 0) > seqBelow) high = middle;
    else low = middle + 1;
  }
  return low;
}
