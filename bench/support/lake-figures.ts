/** What one person's hour becomes in the lake, in bytes. */

import { gzipSync } from 'node:zlib';
import { DEFAULT_RULES, LAKE_PREFIXES } from '@kinetrack/schema';
import { rawSamplesPrefix } from '../../pipeline/lake/keys.ts';
import { rollupHour } from '../../pipeline/rollup/index.ts';
import { MemoryObjectStore } from '../../test/support/lake/memory-object-store.ts';
import { sampleObjects } from '../rollup-samples.ts';

const HOUR = { dt: '2026-11-20', hour: '09' };
const SAMPLES_AN_HOUR = 60;
/** So many that what a file has once does not count. */
const PEOPLE = 500;

/** Raw objects of the hour's events, given as JSON lines: each type compressed by itself, as partitions are. */
export function rawGzipBytes(lines: readonly string[]): number {
  const byType = new Map<string, string[]>();
  for (const line of lines) {
    const type = String(JSON.parse(line).activity_type);
    byType.set(type, [...(byType.get(type) ?? []), line]);
  }
  return [...byType.values()].reduce((sum, texts) => sum + gzipSync(`${texts.join('\n')}\n`).length, 0);
}

/** Parquet of an hour, minutes and hours together, of people who differ from each other. */
export async function rollupBytes(): Promise<number> {
  const store = new MemoryObjectStore();
  for (const [index, object] of sampleObjects(PEOPLE * SAMPLES_AN_HOUR).entries()) {
    await store.put(`${rawSamplesPrefix(HOUR)}${index}.json.gz`, object);
  }
  await rollupHour({ store, hour: HOUR, rules: DEFAULT_RULES });
  let sum = 0;
  for await (const { bytes } of store.list(LAKE_PREFIXES.rollup)) sum += bytes;
  return Math.round(sum / PEOPLE);
}
