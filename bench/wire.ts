/**
 * What a person's hour is on the wire and in the lake: records, bytes and what AWS bills for them, for both kinds of
 * detail. `npm run cost` starts from these figures. The busiest hour of a recording (KINETRACK_HUMAN_INPUT) or a generated one through the whole agent, in simulated
 * time; only the network is left out.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BILLING_STEP_BYTES, MAX_RECORD_BYTES, SHARED_CADENCE_MS } from '@kinetrack/agent';
import { DETAILS, type Detail } from '@kinetrack/schema';
import { SEND_EVERY_S } from '../pipeline/ingest/index.ts';
import { type HumanEvent, humanHour } from '../test/support/agent/human-hour.ts';
import { replayHour } from '../test/support/agent/replay-hour.ts';
import { rawGzipBytes, rollupBytes } from './support/lake-figures.ts';
import { type Figures, reportBench } from './support/report-bench.ts';

/** Straight to Kinesis or Firehose, or through `POST /track`, which asks to be sent to less often and packs again alike. */
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
    // A generated hour is like any other.
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

await reportBench('wire', await benchWire());
