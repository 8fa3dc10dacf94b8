/**
 * Computes the rows of `minutes` and `hours` of one UTC hour. Keys are fixed: a second run, or a run
 * after late data, overwrites the files. The same samples give the same bytes, for any order, number of
 * copies and number of objects.
 *
 * All raw objects are read before anything is written, and each file is replaced in one put. A run that
 * fails leaves complete files. Summaries are written last: the lake does not depend on their table, and
 * a summary never refers to minutes that do not exist yet. A run that was killed is repeated; it writes
 * the same files and the missing summaries.
 */
import type { HourRow, RuleSet, UtcHour } from '@kinetrack/schema';
import { partKey } from '../lake/keys.ts';
import type { ObjectStore, PersonHour, SummaryWriter } from '../lake/ports.ts';
import { newTable, removeStaleParts, replacePart } from '../lake/rollup-files.ts';
import { checkSlice, type Slice, WHOLE } from '../lake/slices.ts';
import { loadTombstones } from '../lake/tombstones.ts';
import { HourRows } from './hour-rows.ts';
import { judgeParts, LocalClock } from './minute-rows.ts';
import { type ReadSamples, readSamples } from './read-samples.ts';
import type { SampleLedger } from './sample-ledger.ts';

/**
 * S3 returns the first byte after some 30 ms. Eight concurrent reads hide this latency behind
 * decompression, with a few MB of memory. More gain nothing on one core.
 */
const READS_AT_ONCE = 8;

export interface RollupRequest {
  readonly store: ObjectStore;
  readonly hour: UtcHour;
  readonly rules: RuleSet;
  /** Part of the people. @defaultValue all people */
  readonly slice?: Slice;
  /** Also receives the hour rows of each person. @defaultValue none; readers use the lake */
  readonly summaries?: SummaryWriter;
  /** Raw objects read concurrently. @defaultValue 8 */
  readonly readsAtOnce?: number;
}

/** Counts of one slice, unless stated otherwise. */
export interface RollupReport {
  readonly hour: UtcHour;
  /** Raw objects read: all of the hour. */
  readonly objects: number;
  /** Keys of objects with damaged compression. The lines before the damage count. */
  readonly damagedObjects: readonly string[];
  /** Distinct samples. */
  readonly samples: number;
  /** Additional copies of samples. */
  readonly duplicates: number;
  /** Samples excluded by tombstones. */
  readonly hidden: number;
  /** Invalid lines by reason. Each line is counted by one slice of the hour. */
  readonly malformed: ReadSamples['malformed'];
  /** Observed seconds of all devices: the sum of `minutes.seconds`. */
  readonly observedS: number;
  readonly minuteRows: number;
  readonly hourRows: number;
}

export async function rollupHour(request: RollupRequest): Promise<RollupReport> {
  const { store, hour, rules, summaries } = request;
  const slice = checkSlice(request.slice ?? WHOLE);
  const tombstones = await loadTombstones(store);
  const read = await readSamples({
    ...{ store, hour, rules, slice, tombstones },
    readsAtOnce: request.readsAtOnce ?? READS_AT_ONCE,
  });
  const { minutes, hours, people, observedS } = await tablesOf(read.ledger, request, slice);
  await replacePart(store, partKey('minutes', hour, slice.index), minutes);
  await replacePart(store, partKey('hours', hour, slice.index), hours);
  await removeStaleParts(store, 'minutes', hour, slice);
  await removeStaleParts(store, 'hours', hour, slice);
  await summaries?.putHour(hour, withDeletedPeople(people, read.excludedUsers));
  return {
    hour,
    objects: read.objects,
    damagedObjects: read.damagedObjects,
    samples: read.ledger.size,
    duplicates: read.ledger.duplicates,
    hidden: read.hidden,
    malformed: read.malformed,
    observedS,
    minuteRows: minutes.rows,
    hourRows: hours.rows,
  };
}

async function tablesOf(ledger: SampleLedger, { rules, summaries }: RollupRequest, slice: Slice) {
  const minutes = newTable('minutes', slice);
  const hours = newTable('hours', slice);
  const people: { readonly userId: string; readonly rows: HourRow[] }[] = [];
  const hourRows = new HourRows((row) => {
    hours.add(row);
    if (summaries === undefined) return;
    const person = people.at(-1);
    if (person?.userId === row.user_id) person.rows.push(row);
    else people.push({ userId: row.user_id, rows: [row] });
  });
  const clock = new LocalClock();
  let observedS = 0;
  for (const devices of ledger.minutes()) {
    const judged = devices.map((parts) => judgeParts(parts, rules, clock));
    for (const rows of judged) {
      for (const { row } of rows) {
        observedS += row.seconds;
        minutes.add(row);
      }
    }
    hourRows.addMinute(judged);
    // A row group ends at the end of a minute, or of a person in `hours`.
    if (minutes.isGroupFull) await minutes.writeGroup();
    if (hours.isGroupFull) await hours.writeGroup();
  }
  hourRows.finishPerson();
  return { minutes, hours, people, observedS };
}

/**
 * Adds empty rows for deleted people: an earlier run without the tombstone may have stored summaries.
 */
function withDeletedPeople(
  people: readonly PersonHour[],
  excludedUsers: ReadonlySet<string>,
): readonly PersonHour[] {
  if (excludedUsers.size === 0) return people;
  const gone = new Set(excludedUsers);
  for (const { userId } of people) gone.delete(userId);
  return [...people, ...[...gone].map((userId) => ({ userId, rows: [] }))];
}
