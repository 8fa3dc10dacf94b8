/** What a lake holds of each device, out of the rows of the completeness query. Names are those of `verify --json`. */
import * as z from 'zod';

/** First and last number, both included. */
export interface SeqRange {
  readonly from_seq: number;
  readonly to_seq: number;
}

export interface PresentRange extends SeqRange {
  /** About: at the ends of a range it may be the time of a few neighbours. */
  readonly first_ts: string;
  readonly last_ts: string;
}

export interface MissingRange extends SeqRange {
  /** Time around it, by its neighbours. */
  readonly about_from_ts: string;
  readonly about_to_ts: string;
}

export interface DroppedRange extends SeqRange {
  /** As the device reported it. */
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
  /** What the device has numbered above it is not known here. */
  readonly last_seq: number;
  /** Received span: earliest and latest time of an event. */
  readonly first_ts: string;
  readonly last_ts: string;
  readonly present: Counted<PresentRange>;
  /** Not here, and nobody said why. */
  readonly missing: Counted<MissingRange>;
  /** Not here; the device gave them up and says so. */
  readonly reported_dropped: Counted<DroppedRange>;
  /** Below the first number of the lake: removed with older days, or never arrived. */
  readonly before_lake: Counted;
  /** Further copies; they change no figure. */
  readonly duplicated: Counted;
  /** Different events under one number: two machines with one identity. */
  readonly reused: Counted;
}

export interface Verification {
  readonly lake: string;
  /** Nothing is unexplained. */
  readonly complete: boolean;
  /** Ascending by id. */
  readonly devices: readonly DeviceCompleteness[];
  /** Paths below the lake of objects that cannot be read; their events are not counted as present. */
  readonly damaged_objects: readonly string[];
  /** Objects of what could not be delivered. */
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

/** Takes the rows of the query, whatever their order. @throws ZodError where they are none */
export function devicesOf(rows: unknown): readonly DeviceCompleteness[] {
  const byDevice = new Map<string, CompletenessRow[]>();
  for (const row of completenessRow.array().parse(rows)) {
    const known = byDevice.get(row.device_id);
    if (known === undefined) byDevice.set(row.device_id, [row]);
    else known.push(row);
  }
  return [...byDevice]
    .map(([deviceId, rowsOfIt]) => deviceOf(deviceId, rowsOfIt))
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

/** The times of neighbours may cross: a few numbers beyond the gap stand in the range before it. */
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

/** Index of the first range that begins above a number. */
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
