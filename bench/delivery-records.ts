/** What a fleet of 25 sends, as its agents pack it: a sample a person and minute, and two small events with it. */
import { MAX_RECORD_BYTES, MAX_RECORD_EVENTS } from '@kinetrack/agent';

const PEOPLE = 25;
const FIRST_MINUTE_MS = Date.UTC(2026, 10, 2, 8);

export interface PackedRecords {
  readonly records: readonly Uint8Array[];
  readonly events: number;
  readonly bytes: number;
}

/** The same records for the same number, in the order of time. */
export function packedRecords(events: number): PackedRecords {
  const records: Uint8Array[] = [];
  let lines: string[] = [];
  let lineBytes = 0;
  const close = () => {
    if (lines.length > 0) records.push(Buffer.from(lines.join('\n')));
    lines = [];
    lineBytes = 0;
  };
  for (let index = 0; index < events; index++) {
    const line = JSON.stringify(event(index));
    if (lines.length === MAX_RECORD_EVENTS || lineBytes + line.length + 1 > MAX_RECORD_BYTES) close();
    lines.push(line);
    lineBytes += line.length + 1;
  }
  close();
  return { records, events, bytes: records.reduce((sum, record) => sum + record.length, 0) };
}

function event(index: number): object {
  const turn = Math.floor(index / 3);
  const person = turn % PEOPLE;
  const device_id = `00000000-0000-4000-8000-${String(person).padStart(12, '0')}`;
  const seq = index + 1;
  const minute = Math.floor(turn / PEOPLE);
  return {
    schema_version: 1,
    event_id: `${device_id}:${seq}`,
    device_id,
    seq,
    session_id: '0b6c5f3e-43b4-4f0a-9c3a-2f5a6e1d7c88',
    user_id: `person-${person}`,
    ts: new Date(FIRST_MINUTE_MS + minute * 60_000).toISOString(),
    utc_offset_min: 60,
    time_zone: 'Europe/Berlin',
    agent_version: '0.1.0',
    ...[sample(index), { activity_type: 'word', length: index % 12, corrections: 0 }, idle(index)][index % 3],
  };
}

const idle = (index: number) => ({
  activity_type: 'idle',
  phase: 'end',
  input: 'any',
  duration_s: 5 + (index % 40),
});

const sample = (index: number) => ({
  activity_type: 'sample',
  from_s: 0,
  to_s: 60,
  keys: perSecond(index, 7),
  clicks: perSecond(index + 1, 2),
  scrolls: perSecond(index + 2, 5),
  distance_px: perSecond(index + 3, 900),
  segments: [{ app: 'Code', site: null, title: `document ${index % 500} - Code`, from_s: 0, to_s: 60 }],
  distraction_s: 0,
  idle_at_start_s: 0,
  flags: [],
});

/** A figure in every third second or so; multiplication scatters them as a random generator would. */
const perSecond = (seed: number, most: number) =>
  Array.from({ length: 60 }, (_, second) => {
    const scattered = Math.imul(seed * 61 + second, 0x9e3779b1) >>> 8;
    return scattered % 3 === 0 ? scattered % most : 0;
  });
