/** A lake for named queries: events in, rolled up, rows out as records. */
import { type ActivityEvent, DEFAULT_RULES, rawPrefix, utcHourOf } from '@kinetrack/schema';
import { type DuckDbLake, openLake } from '../../../local/stores/query-engine.ts';
import { touchedHours } from '../../../pipeline/lake/keys.ts';
import { namedQuery, type QueryScope } from '../../../pipeline/queries/named.ts';
import { rollupHour } from '../../../pipeline/rollup/index.ts';
import { afterTest } from '../../runner/running-test.ts';
import { tempDir } from '../process/temp-dir.ts';
import { MemoryObjectStore } from './memory-object-store.ts';
import { rawObject } from './raw-samples.ts';

export type Row = Readonly<Record<string, unknown>>;

export async function lakeOfEvents(events: readonly ActivityEvent[]): Promise<DuckDbLake> {
  const store = new MemoryObjectStore();
  const partitions = new Map<string, ActivityEvent[]>();
  for (const event of events) {
    const { dt, hour } = utcHourOf(event.ts);
    const key = `${rawPrefix(event.activity_type)}dt=${dt}/hour=${hour}/object.json.gz`;
    partitions.set(key, [...(partitions.get(key) ?? []), event]);
  }
  for (const [key, members] of partitions) await store.put(key, rawObject(members));
  for (const hour of touchedHours(store.objects.keys()))
    await rollupHour({ store, hour, rules: DEFAULT_RULES });
  const lakeDir = await tempDir();
  await store.saveTo(lakeDir);
  const lake = await openLake({ lakeDir });
  afterTest(() => lake.close());
  return lake;
}

export async function rowsOf(lake: DuckDbLake, sql: string): Promise<Row[]> {
  const { columns, rows } = await lake.query(sql);
  return rows.map((row) => Object.fromEntries(columns.map((name, index) => [name, row[index]])));
}

/** @throws TypeError where there is no such query */
export function ask(lake: DuckDbLake, name: string, scope: QueryScope): Promise<Row[]> {
  const query = namedQuery(name, scope);
  if (query === undefined) throw new TypeError(`${name} is no named query`);
  return rowsOf(lake, query.sql);
}
