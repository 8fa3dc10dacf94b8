/** Raw objects of a lake with chosen seqs of chosen devices. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type ActivityEvent, parseEvent, rawPrefix, utcHourOf } from '@kinetrack/schema';
import { rawObject } from './raw-samples.ts';
import { DEVICE } from './sample-factory.ts';

export interface ArrivedEvent {
  readonly seq: number;
  readonly device?: string;
  /** @defaultValue one second per seq, from 2026-11-20 09:00 */
  readonly ts?: string;
  /** Makes the event a report of dropped events. @defaultValue a mouse move */
  readonly dropped?: Readonly<Record<string, string>>;
}

const NINE = Date.parse('2026-11-20T09:00:00.000Z');

export function arrivedEvent(arrived: ArrivedEvent): ActivityEvent {
  const { seq, device = DEVICE, dropped } = arrived;
  const parsed = parseEvent({
    schema_version: 1,
    event_id: `${device}:${seq}`,
    device_id: device,
    seq,
    session_id: '0b6c5f3e-43b4-4f0a-9c3a-2f5a6e1d7c88',
    user_id: 'ada',
    ts: arrived.ts ?? new Date(NINE + (seq % 1_000_000) * 1000).toISOString(),
    utc_offset_min: 60,
    time_zone: 'Europe/Berlin',
    agent_version: '0.1.0',
    ...(dropped === undefined
      ? { activity_type: 'mouse_move', x: 1, y: 2, distance_px: 3 }
      : { activity_type: 'system', kind: 'dropped', detail: dropped }),
  });
  if (!parsed.ok) throw new TypeError(parsed.message);
  return parsed.value;
}

/** Writes one object per partition of the events. Replaces an object of the same name. */
export async function arrive(
  lakeDir: string,
  name: string,
  events: readonly (ArrivedEvent | number)[],
): Promise<readonly string[]> {
  const partitions = new Map<string, ActivityEvent[]>();
  for (const arrived of events) {
    const event = arrivedEvent(typeof arrived === 'number' ? { seq: arrived } : arrived);
    const { dt, hour } = utcHourOf(event.ts);
    const key = `${rawPrefix(event.activity_type)}dt=${dt}/hour=${hour}/${name}.json.gz`;
    partitions.set(key, [...(partitions.get(key) ?? []), event]);
  }
  for (const [key, members] of partitions) {
    await mkdir(dirname(join(lakeDir, key)), { recursive: true });
    await writeFile(join(lakeDir, key), rawObject(members));
  }
  return [...partitions.keys()];
}

/** Numbers from `from` to `to`, inclusive. */
export const numbers = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index);
