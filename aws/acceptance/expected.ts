/** What a deployment has to make of the probe: the same rollup, run here over the same events. */
import { gzipSync } from 'node:zlib';
import { type ActivityEvent, DEFAULT_RULES, type MinuteRow, utcHourOf } from '@kinetrack/schema';
import { minutesKey, rawSamplesPrefix, touchedHours } from '../../pipeline/lake/keys.ts';
import { RollupFile } from '../../pipeline/lake/parquet-reader.ts';
import { type ObjectInfo, ObjectNotFound, type ObjectStore } from '../../pipeline/lake/ports.ts';
import { rollupHour } from '../../pipeline/rollup/index.ts';

export async function expectedMinutes(
  userId: string,
  events: readonly ActivityEvent[],
): Promise<readonly MinuteRow[]> {
  const store = new MapStore();
  for (const [index, event] of events.entries()) {
    if (event.activity_type !== 'sample') continue;
    const key = `${rawSamplesPrefix(utcHourOf(event.ts))}${index}.json.gz`;
    await store.put(key, gzipSync(`${JSON.stringify(event)}\n`));
  }
  const rows: MinuteRow[] = [];
  for (const hour of touchedHours([...store.objects.keys()])) {
    await rollupHour({ store, hour, rules: DEFAULT_RULES });
    const file = await RollupFile.ofBytes(store.objects.get(minutesKey(hour)) ?? new Uint8Array());
    rows.push(...(await file.rowsOf('minutes', userId)));
  }
  return rows;
}

/** A handful of objects. */
class MapStore implements ObjectStore {
  readonly objects = new Map<string, Uint8Array>();

  async put(key: string, body: Uint8Array): Promise<void> {
    this.objects.set(key, body);
  }

  async *read(key: string): AsyncIterable<Uint8Array> {
    const body = this.objects.get(key);
    if (body === undefined) throw new ObjectNotFound(key);
    yield body;
  }

  async *list(prefix: string): AsyncIterable<ObjectInfo> {
    const keys = [...this.objects.keys()].filter((key) => key.startsWith(prefix)).sort(byText);
    for (const key of keys) yield { key, bytes: this.objects.get(key)?.length ?? 0 };
  }

  async delete(key: string): Promise<void> {
    this.objects.delete(key);
  }
}

const byText = (a: string, b: string): number => (a < b ? -1 : 1);
