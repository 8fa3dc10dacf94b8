/**
 * Throughput of the local Firehose with a folder: de-aggregation, jq, gzip and synced files. Increasing
 * event counts show whether time grows faster than the input.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MAX_RECORD_BYTES, MAX_RECORD_EVENTS, systemRuntime } from '@kinetrack/agent';
import { LocalFirehose } from '../local/firehose/index.ts';
import { FileObjectStore } from '../local/stores/object-store.ts';
import { deliveryConfiguration } from '../pipeline/delivery.ts';
import { type Figures, reportBench } from './support/report-bench.ts';

const PEOPLE = 25;
const FIRST_MINUTE_MS = Date.UTC(2026, 10, 2, 8);
const EVENT_COUNTS = [1_000, 10_000, 100_000];

async function benchDelivery(): Promise<Figures> {
  const figures: Record<string, number> = {};
  for (const count of EVENT_COUNTS) {
    const seconds = await deliverySeconds(count);
    const { bytes, records } = packedRecords(count);
    figures[`events_per_s_at_${count}`] = Math.round(count / seconds);
    figures[`records_per_s_at_${count}`] = Math.round(records.length / seconds);
    figures[`mb_per_s_at_${count}`] = Number((bytes / seconds / 1e6).toFixed(1));
  }
  return figures;
}

/** From the first record to the last durable object, excluding the start of the Firehose. */
async function deliverySeconds(count: number): Promise<number> {
  const { records } = packedRecords(count);
  const folder = await mkdtemp(join(tmpdir(), 'kinetrack-bench-'));
  const firehose = await LocalFirehose.open({
    configuration: deliveryConfiguration({ bucketArn: 'local', roleArn: 'local' }),
    streamName: 'bench',
    store: new FileObjectStore(folder),
    runtime: systemRuntime,
  });
  const start = performance.now();
  const outcomes = firehose.putRecords(records);
  await firehose.flush();
  await outcomes;
  const seconds = (performance.now() - start) / 1000;
  const { deliveredRecords } = firehose.status();
  if (deliveredRecords !== count) throw new Error(`${deliveredRecords} of ${count} events were delivered`);
  await firehose.close();
  await rm(folder, { recursive: true });
  return seconds;
}

interface PackedRecords {
  readonly records: readonly Uint8Array[];
  readonly events: number;
  readonly bytes: number;
}

/**
 * Records of 25 people as agents pack them: one sample and two small events per person and minute.
 * Deterministic, in order of time.
 */
function packedRecords(events: number): PackedRecords {
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

/** About every third second is not zero; the multiplication acts as a random generator. */
const perSecond = (seed: number, most: number) =>
  Array.from({ length: 60 }, (_, second) => {
    const scattered = Math.imul(seed * 61 + second, 0x9e3779b1) >>> 8;
    return scattered % 3 === 0 ? scattered % most : 0;
  });

await reportBench('delivery', await benchDelivery());
