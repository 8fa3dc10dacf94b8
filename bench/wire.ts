/**
 * Records, bytes and billed units of one hour of a person on the network and in the lake, for both values
 * of `detail`. `npm run cost` uses these figures. The input is the busiest hour of a recording
 * (KINETRACK_HUMAN_INPUT) or a generated one, run through the whole agent in simulated time without a
 * network.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { BILLING_STEP_BYTES, MAX_RECORD_BYTES, SHARED_CADENCE_MS } from '@kinetrack/agent';
import { DEFAULT_RULES, DETAILS, type Detail, LAKE_PREFIXES } from '@kinetrack/schema';
import { SEND_EVERY_S } from '../pipeline/ingest/index.ts';
import { rawSamplesPrefix } from '../pipeline/lake/keys.ts';
import { rollupHour } from '../pipeline/rollup/index.ts';
import { type HumanEvent, humanHour } from '../test/support/agent/human-hour.ts';
import { replayHour } from '../test/support/agent/replay-hour.ts';
import { MemoryObjectStore } from '../test/support/lake/memory-object-store.ts';
import { sampleObjects } from './rollup-samples.ts';
import { type Figures, reportBench } from './support/report-bench.ts';

const HOUR = { dt: '2026-11-20', hour: '09' };
const SAMPLES_AN_HOUR = 60;
/** Enough people to make the fixed size of a file negligible. */
const PEOPLE = 500;

/**
 * Directly to Kinesis or Firehose, or through `POST /track`, which requests a longer interval and repacks
 * events the same way.
 */
const WAYS = [
  ['aws', SHARED_CADENCE_MS],
  ['track', SEND_EVERY_S * 1000],
] as const;

async function benchWire(): Promise<Figures> {
  const figures: Record<string, number> = { rollup_bytes_per_hour: await rollupBytes() };
  for (const busyness of ['busiest', 'median'] as const) {
    const { events, isRecorded } = await humanHour(undefined, busyness);
    for (const [way, cadenceMs] of WAYS) {
      for (const detail of DETAILS) {
        const hour = await measure(detail, events, cadenceMs);
        for (const [name, value] of Object.entries(hour)) figures[`${busyness}_${way}_${name}`] = value;
      }
    }
    // All generated hours are alike.
    if (!isRecorded) break;
  }
  return figures;
}

async function measure(detail: Detail, hour: readonly HumanEvent[], cadenceMs: number): Promise<Figures> {
  const folder = await mkdtemp(join(tmpdir(), 'kinetrack-bench-'));
  const sends: (readonly number[])[] = [];
  const texts: string[] = [];
  try {
    const { delivered } = await replayHour(hour, folder, {
      ...{ detail, cadenceMs },
      onSend: (records) => {
        sends.push(records.map(({ length }) => length));
        texts.push(...records.map((record) => new TextDecoder().decode(record)));
      },
    });
    const sizes = sends.flat();
    const sum = (of: (size: number) => number) => sizes.reduce((total, size) => total + of(size), 0);
    return {
      [`${detail}_events_per_hour`]: delivered,
      [`${detail}_flushes_per_hour`]: sends.length,
      [`${detail}_records_per_hour`]: sizes.length,
      [`${detail}_records_per_flush`]: Number((sizes.length / sends.length).toFixed(3)),
      [`${detail}_flushes_with_one_record_percent`]: Number(
        ((100 * sends.filter(({ length }) => length === 1).length) / sends.length).toFixed(1),
      ),
      [`${detail}_bytes_per_hour`]: sum((size) => size),
      [`${detail}_put_units_per_hour`]: sum((size) => Math.ceil(size / MAX_RECORD_BYTES)),
      [`${detail}_firehose_billed_bytes_per_hour`]: sum(
        (size) => Math.ceil(size / BILLING_STEP_BYTES) * BILLING_STEP_BYTES,
      ),
      [`${detail}_raw_gzip_bytes_per_hour`]: rawGzipBytes(texts.flatMap((text) => text.trim().split('\n'))),
    };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Gzipped size of the events, given as JSON lines. Each type is compressed separately, like a partition. */
function rawGzipBytes(lines: readonly string[]): number {
  const byType = new Map<string, string[]>();
  for (const line of lines) {
    const type = String(JSON.parse(line).activity_type);
    byType.set(type, [...(byType.get(type) ?? []), line]);
  }
  return [...byType.values()].reduce((sum, texts) => sum + gzipSync(`${texts.join('\n')}\n`).length, 0);
}

/** Parquet size per person of an hour, minutes and hours together, from different people. */
async function rollupBytes(): Promise<number> {
  const store = new MemoryObjectStore();
  for (const [index, object] of sampleObjects(PEOPLE * SAMPLES_AN_HOUR).entries()) {
    await store.put(`${rawSamplesPrefix(HOUR)}${index}.json.gz`, object);
  }
  await rollupHour({ store, hour: HOUR, rules: DEFAULT_RULES });
  let sum = 0;
  for await (const { bytes } of store.list(LAKE_PREFIXES.rollup)) sum += bytes;
  return Math.round(sum / PEOPLE);
}

await reportBench('wire', await benchWire());
