/**
 * One UTC hour of samples becomes the rows of `minutes` and `hours`, under fixed keys: running it again, or after
 * late data, overwrites with the right answer. The same samples give the same bytes, in whatever order, number of
 * copies and objects they lie there.
 */
import { HOURS_PREFIX, lakeTables, MINUTES_PREFIX, type RuleSet, type UtcHour } from '@kinetrack/schema';
import { ObjectNotFound, type ObjectStore } from '../ports.ts';
import { HourRows } from './hour-rows.ts';
import { LocalClock } from './local-clock.ts';
import { compileLists } from './matchers.ts';
import { judgeParts } from './minute-rows.ts';
import { type ParquetLayout, ParquetTable } from './parquet.ts';
import { readLines } from './read-lines.ts';
import { SampleLedger } from './sample-ledger.ts';
import type { Defect } from './sample-part.ts';
import { SampleReader } from './sample-reader.ts';

export interface RollupRequest {
  readonly store: ObjectStore;
  readonly hour: UtcHour;
  readonly rules: RuleSet;
}

export interface RollupReport {
  readonly hour: UtcHour;
  /** Objects that were read. */
  readonly objects: number;
  /** Keys of objects whose compression is damaged; the lines before the damage count. */
  readonly damagedObjects: readonly string[];
  /** Different samples, and further copies of them. */
  readonly samples: number;
  readonly duplicates: number;
  /** Lines that are no usable sample, by reason. */
  readonly malformed: Readonly<Partial<Record<Defect | 'too_long', number>>>;
  /** Seconds that devices observed: the sum of `minutes.seconds`. */
  readonly observedS: number;
  readonly minuteRows: number;
  readonly hourRows: number;
}

export const minutesKey = (hour: UtcHour): string => `${MINUTES_PREFIX}${partition(hour)}part-0.parquet`;
export const hoursKey = (hour: UtcHour): string => `${HOURS_PREFIX}${partition(hour)}part-0.parquet`;

export async function rollupHour({ store, hour, rules }: RollupRequest): Promise<RollupReport> {
  const read = await readSamples(store, hour, rules);
  const { minutes, hours, observedS } = await tablesOf(read.ledger, rules);
  await replace(store, minutesKey(hour), minutes);
  await replace(store, hoursKey(hour), hours);
  return {
    hour,
    objects: read.objects,
    damagedObjects: read.damagedObjects,
    samples: read.ledger.size,
    duplicates: read.ledger.duplicates,
    malformed: read.malformed,
    observedS,
    minuteRows: minutes.rows,
    hourRows: hours.rows,
  };
}

async function readSamples(store: ObjectStore, hour: UtcHour, rules: RuleSet) {
  const ledger = new SampleLedger();
  const samples = new SampleReader(hour, compileLists(rules));
  const malformed: Partial<Record<Defect | 'too_long', number>> = {};
  const reject = (why: Defect | 'too_long') => {
    malformed[why] = (malformed[why] ?? 0) + 1;
  };
  const onLine = (bytes: Buffer, from: number, to: number) => {
    const part = samples.read(bytes, from, to);
    if (typeof part === 'string') reject(part);
    else ledger.add(part);
  };
  let objects = 0;
  const damagedObjects: string[] = [];
  for await (const { key } of store.list(`${SAMPLES_PREFIX}${partition(hour)}`)) {
    if (!key.endsWith('.json.gz')) continue;
    try {
      const outcome = await readLines(store.read(key), { onLine, onOversized: () => reject('too_long') });
      if (outcome === 'damaged') damagedObjects.push(key);
      objects += 1;
    } catch (error) {
      // Deleted between the listing and now: as if it had not been listed.
      if (!(error instanceof ObjectNotFound)) throw error;
    }
  }
  return { ledger, malformed, objects, damagedObjects };
}

async function tablesOf(ledger: SampleLedger, rules: RuleSet) {
  const minutes = new ParquetTable(MINUTES_LAYOUT);
  const hours = new ParquetTable(HOURS_LAYOUT);
  const hourRows = new HourRows((row) => hours.add(row));
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
    if (minutes.isGroupFull) await minutes.writeGroup();
  }
  hourRows.finishPerson();
  return { minutes, hours, observedS };
}

/** An hour without rows has no object: a reader need not open what says nothing. */
async function replace(store: ObjectStore, key: string, table: ParquetTable): Promise<void> {
  if (table.rows === 0) await store.delete(key);
  else await store.put(key, await table.finish());
}

const SAMPLES_PREFIX = tableNamed('sample').prefix;
const MINUTES_LAYOUT: ParquetLayout = {
  columns: tableNamed('minutes').columns,
  orderedBy: ['user_id', 'minute'],
  prose: ['reason', 'inputs'],
};
const HOURS_LAYOUT: ParquetLayout = {
  columns: tableNamed('hours').columns,
  orderedBy: ['user_id', 'local_date', 'local_hour'],
  prose: [],
};

const partition = ({ dt, hour }: UtcHour): string => `dt=${dt}/hour=${hour}/`;

function tableNamed(name: string) {
  const table = lakeTables.find((known) => known.name === name);
  if (table === undefined) throw new Error(`the lake has no table ${name}`);
  return table;
}
