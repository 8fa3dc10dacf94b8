/**
 * Samples per CPU second in a rollup, from gzipped JSON lines to both Parquet files. CPU time of all
 * threads (decompression runs in parallel), so the figure is per core and independent of other load.
 * Increasing sample counts show whether time grows faster than the input.
 */

import { fileURLToPath } from 'node:url';
import { DEFAULT_RULES } from '@kinetrack/schema';
import { rawSamplesPrefix } from '../pipeline/lake/keys.ts';
import { type LineReader, readLines } from '../pipeline/lake/lines.ts';
import { compileLists } from '../pipeline/rollup/matchers.ts';
import { judgeParts, LocalClock } from '../pipeline/rollup/minute-rows.ts';
import { rollupHour } from '../pipeline/rollup/rollup-hour.ts';
import { SampleLedger } from '../pipeline/rollup/sample-ledger.ts';
import { SampleReader } from '../pipeline/rollup/sample-reader.ts';
import { MemoryObjectStore } from '../test/support/lake/memory-object-store.ts';
import { sampleObjects } from './rollup-samples.ts';
import { type Figures, reportBench } from './support/report-bench.ts';

const SAMPLE_COUNTS = [1_000, 10_000, 100_000];
const HOUR = { dt: '2026-11-20', hour: '09' };
/** Enough work per figure for the JIT compiler. The best run counts. */
const SAMPLES_A_FIGURE = 200_000;
const MIN_RUNS = 4;
const READ_BYTES = 64 * 1024;

export async function benchRollup(): Promise<Figures> {
  const figures: Record<string, number> = {};
  for (const count of SAMPLE_COUNTS) {
    const store = await storeOf(count);
    const cpuSeconds = await bestCpuSeconds(count, async () => {
      const { samples } = await rollupHour({ store, hour: HOUR, rules: DEFAULT_RULES });
      if (samples !== count) throw new Error(`${samples} of ${count} samples were rolled up`);
    });
    figures[`sample_minutes_per_cpu_s_at_${count}`] = Math.round(count / cpuSeconds);
  }
  const count = 10_000;
  const perSample = (cpuSeconds: number): number => Number(((cpuSeconds / count) * 1e6).toFixed(2));
  const store = await storeOf(count);
  let ledger = new SampleLedger();
  figures.read_lines_cpu_us = perSample(await bestCpuSeconds(count, () => eachLine(store, () => undefined)));
  const reading = await bestCpuSeconds(count, async () => {
    ledger = new SampleLedger();
    await decodeInto(ledger, store);
  });
  figures.read_and_decode_cpu_us = perSample(reading);
  figures.judge_cpu_us = perSample(await bestCpuSeconds(count, () => Promise.resolve(judgeAll(ledger))));
  return figures;
}

async function storeOf(count: number): Promise<MemoryObjectStore> {
  const store = new MemoryObjectStore(READ_BYTES);
  for (const [index, object] of sampleObjects(count).entries()) {
    await store.put(`${rawSamplesPrefix(HOUR)}${index}.json.gz`, object);
  }
  return store;
}

async function eachLine(store: MemoryObjectStore, onLine: LineReader['onLine']): Promise<void> {
  for await (const { key } of store.list('raw/')) {
    await readLines(store.read(key), { onLine, onOversized: () => undefined });
  }
}

async function decodeInto(ledger: SampleLedger, store: MemoryObjectStore): Promise<void> {
  const reader = new SampleReader(HOUR, compileLists(DEFAULT_RULES));
  await eachLine(store, (bytes, from, to) => {
    const part = reader.read(bytes, from, to);
    if (typeof part === 'string') throw new Error(part);
    ledger.add(part);
  });
}

function judgeAll(ledger: SampleLedger): number {
  const clock = new LocalClock();
  let rows = 0;
  for (const devices of ledger.minutes()) {
    for (const parts of devices) rows += judgeParts(parts, DEFAULT_RULES, clock).length;
  }
  return rows;
}

async function bestCpuSeconds(count: number, work: () => Promise<unknown>): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  const runs = Math.max(MIN_RUNS, SAMPLES_A_FIGURE / count);
  for (let run = 0; run < runs; run += 1) {
    const before = process.cpuUsage();
    await work();
    const { user, system } = process.cpuUsage(before);
    best = Math.min(best, (user + system) / 1e6);
  }
  return best;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await reportBench('rollup', await benchRollup());
