import { gzipSync } from 'node:zlib';
import { parseEvent, rawPrefix, type Sample, type UtcHour } from '@kinetrack/schema';

/** A valid minute of typing in an editor on one device; a test overrides fields. */
export function sampleEvent(overrides: Partial<Sample> = {}): Sample {
  const device_id = overrides.device_id ?? '6f9619ff-8b86-4d01-b42d-00cf4fc964ff';
  const seq = overrides.seq ?? 1;
  const input = {
    schema_version: 1,
    event_id: `${device_id}:${seq}`,
    device_id,
    seq,
    session_id: '0b6c5f3e-43b4-4f0a-9c3a-2f5a6e1d7c88',
    user_id: 'ada',
    activity_type: 'sample',
    ts: '2026-11-20T09:10:00.000Z',
    utc_offset_min: 60,
    time_zone: 'Europe/Berlin',
    agent_version: '0.1.0',
    from_s: 0,
    to_s: 60,
    keys: Array.from({ length: 60 }, () => 1),
    clicks: Array.from({ length: 60 }, () => 0),
    scrolls: Array.from({ length: 60 }, () => 0),
    distance_px: Array.from({ length: 60 }, () => 0),
    segments: [{ app: 'Code', site: null, title: null, from_s: 0, to_s: 60 }],
    distraction_s: 0,
    idle_at_start_s: 0,
    flags: [],
    ...overrides,
  };
  const parsed = parseEvent(input);
  if (!parsed.ok || parsed.value.activity_type !== 'sample') throw new TypeError(JSON.stringify(parsed));
  return parsed.value;
}

/** A raw object of events: gzipped JSON lines. */
export const rawObject = (events: readonly object[]): Buffer =>
  gzipSync(events.map((event) => `${JSON.stringify(event)}\n`).join(''));

/** Key of a raw object of samples. */
export const rawSampleKey = ({ dt, hour }: UtcHour, name: string): string =>
  `${rawPrefix('sample')}dt=${dt}/hour=${hour}/${name}.json.gz`;
