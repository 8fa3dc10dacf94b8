/**
 * The test events of an acceptance check: a few minutes of a user who does not exist, and the rollup
 * rows expected for them.
 */
import { gzipSync } from 'node:zlib';
import {
  type ActivityEvent,
  DEFAULT_RULES,
  formatUtc,
  MINUTE_MS,
  type MinuteRow,
  parseEvent,
  utcHourOf,
} from '@kinetrack/schema';
import { minutesKey, rawSamplesPrefix, touchedHours } from '../../pipeline/lake/keys.ts';
import { RollupFile } from '../../pipeline/lake/parquet-reader.ts';
import { type ObjectInfo, ObjectNotFound, type ObjectStore } from '../../pipeline/lake/ports.ts';
import { compareText } from '../../pipeline/lake/row-order.ts';
import { rollupHour } from '../../pipeline/rollup/index.ts';

export interface Probe {
  readonly userId: string;
  readonly deviceId: string;
  /** Valid events, with one duplicate: streams deliver at least once. */
  readonly events: readonly ActivityEvent[];
  /** An event with an unknown type, which must end in errors/. */
  readonly malformed: string;
}

const MINUTES = 4;

/** `newId` returns a UUID. */
export function makeProbe(nowMs: number, newId: () => string): Probe {
  const deviceId = newId();
  const userId = `acceptance-${deviceId.slice(0, 8)}`;
  const session_id = newId();
  const envelope = (seq: number, atMs: number) => ({
    schema_version: 1,
    event_id: `${deviceId}:${seq}`,
    device_id: deviceId,
    seq,
    session_id,
    user_id: userId,
    ts: formatUtc(atMs),
    utc_offset_min: 0,
    time_zone: 'UTC',
    agent_version: '0.0.0-acceptance',
  });
  // Complete past minutes, alternately with and without input.
  const firstMs = Math.floor(nowMs / MINUTE_MS) * MINUTE_MS - (MINUTES + 1) * MINUTE_MS;
  const seconds = (value: (second: number) => number) =>
    Array.from({ length: 60 }, (_, second) => value(second));
  const samples = Array.from({ length: MINUTES }, (_, minute) => ({
    ...envelope(minute + 2, firstMs + minute * MINUTE_MS),
    activity_type: 'sample',
    from_s: 0,
    to_s: 60,
    keys: seconds((second) => (minute % 2 === 0 ? (second % 3) + minute : 0)),
    clicks: seconds((second) => (minute % 2 === 0 && second % 20 === 0 ? 1 : 0)),
    scrolls: seconds(() => 0),
    distance_px: seconds((second) => (minute % 2 === 0 ? second * 7 : 0)),
    segments: [{ app: 'Acceptance', site: null, title: null, from_s: 0, to_s: 60 }],
    distraction_s: 0,
    idle_at_start_s: 0,
    flags: [],
  }));
  const start = { ...envelope(1, firstMs), activity_type: 'system', kind: 'start', detail: {} };
  const events = [start, ...samples, ...samples.slice(0, 1)].map(checked);
  const malformed = JSON.stringify({ ...envelope(MINUTES + 2, firstMs), activity_type: 'no_such_activity' });
  return { userId, deviceId, events, malformed };
}

function checked(input: object): ActivityEvent {
  const parsed = parseEvent(input);
  if (!parsed.ok) throw new TypeError(`the test event is invalid: ${JSON.stringify(parsed)}`);
  return parsed.value;
}

/** The expected rows, computed by the same rollup in memory. */
export async function expectedMinutes(
  userId: string,
  events: readonly ActivityEvent[],
): Promise<readonly MinuteRow[]> {
  const store = new MemoryStore();
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

/** An object store in memory. */
class MemoryStore implements ObjectStore {
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
    const keys = [...this.objects.keys()].filter((key) => key.startsWith(prefix)).sort(compareText);
    for (const key of keys) yield { key, bytes: this.objects.get(key)?.length ?? 0 };
  }

  async delete(key: string): Promise<void> {
    this.objects.delete(key);
  }
}
