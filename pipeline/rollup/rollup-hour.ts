/**
 * One UTC hour of samples becomes the rows of `minutes` and `hours`, under fixed keys: running it again, or after
 * late data, overwrites with the right answer. The same samples give the same bytes, in whatever order, number of
 * copies and objects they lie there.
 *
 * All of the raw objects are read before anything is written, and each file is replaced in one put: a run that fails
 * leaves the last good files where they are. The summaries come last. So the lake does not depend on their table, a
 * summary never announces minutes that are not there yet, and a run that dies in between is a run that is repeated:
 * it writes the same files and those summaries that are missing.
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
 * S3 gives the first byte after some 30 ms: eight at a time hide that behind the unpacking, and hold a few MB. More
 * gain nothing on one core.
 */
const READS_AT_ONCE = 8;

export interface RollupRequest {
  readonly store: ObjectStore;
  readonly hour: UtcHour;
  readonly rules: RuleSet;
  /** Whose rows. @defaultValue everybody's */
  readonly slice?: Slice;
  /** Where the hour rows of each person go as well. @defaultValue nowhere: they are read from the lake */
  readonly summaries?: SummaryWriter;
  /** Raw objects that are read at the same time. @defaultValue 8 */
  readonly readsAtOnce?: number;
}

/** Of a slice, unless said otherwise. */
export interface RollupReport {
  readonly hour: UtcHour;
  /** Objects that were read: all of the hour. */
  readonly objects: number;
  /** Keys of objects whose compression is damaged; the lines before the damage count. */
  readonly damagedObjects: readonly string[];
  /** Different samples, and further copies of them. */
  readonly samples: number;
  readonly duplicates: number;
  /** Samples of deleted people, left out. */
  readonly hidden: number;
  /** Lines that are no usable sample, by reason; of all slices of an hour, one tells of a line. */
  readonly malformed: ReadSamples['malformed'];
  /** SecondSet that devices observed: the sum of `minutes.seconds`. */
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
  await summaries?.putHour(hour, withHidden(people, read.hiddenUsers));
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
    // Here a minute is complete, and whole people are in `hours`: what belongs together is never parted.
    if (minutes.isGroupFull) await minutes.writeGroup();
    if (hours.isGroupFull) await hours.writeGroup();
  }
  hourRows.finishPerson();
  return { minutes, hours, people, observedS };
}

/** A run that knew nothing of the deletion may have stored what they had in this hour: it is taken away. */
function withHidden(people: readonly PersonHour[], hiddenUsers: ReadonlySet<string>): readonly PersonHour[] {
  if (hiddenUsers.size === 0) return people;
  const gone = new Set(hiddenUsers);
  for (const { userId } of people) gone.delete(userId);
  return [...people, ...[...gone].map((userId) => ({ userId, rows: [] }))];
}
