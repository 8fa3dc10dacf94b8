/** Samples of one second each, in the order of their seq: the seconds of a rollup count events. */

import { gzipSync } from 'node:zlib';
import { DEFAULT_RULES, type UtcHour } from '@kinetrack/schema';
import { rollupHour } from '../../../pipeline/rollup/index.ts';
import { MemoryObjectStore } from './memory-object-store.ts';
import { rawSampleKey } from './raw-samples.ts';
import { sampleOf } from './sample-factory.ts';

const FIRST_MS = Date.UTC(2026, 10, 1);

const timeOf = (seq: number): Date => new Date(FIRST_MS + seq * 1000);

export function secondSampleLine(seq: number): string {
  const time = timeOf(seq);
  const second = time.getUTCSeconds();
  return JSON.stringify(
    sampleOf({
      seq,
      at: time.toISOString().slice(0, 16),
      observed: [second, second + 1],
      keys: { [second]: 1 },
    }),
  );
}

export interface SecondsReport {
  /** Distinct samples in the rollup, and seconds in its rows. */
  readonly samples: number;
  readonly seconds: number;
  readonly duplicates: number;
}

/** The rollup over all deliveries, with one object per list. */
export async function rollUpSeconds(deliveries: readonly (readonly string[])[]): Promise<SecondsReport> {
  const store = new MemoryObjectStore(64 * 1024);
  const hours = new Map<string, UtcHour>();
  for (const [index, lines] of deliveries.entries()) {
    for (const [key, { hour, body }] of byHour(lines)) {
      hours.set(key, hour);
      await store.put(rawSampleKey(hour, `object-${index}`), gzipSync(body));
    }
  }
  let [samples, seconds, duplicates] = [0, 0, 0];
  for (const hour of hours.values()) {
    const report = await rollupHour({ store, hour, rules: DEFAULT_RULES });
    samples += report.samples;
    seconds += report.observedS;
    duplicates += report.duplicates;
  }
  return { samples, seconds, duplicates };
}

function byHour(lines: readonly string[]): ReadonlyMap<string, { readonly hour: UtcHour; body: string }> {
  const hours = new Map<string, { readonly hour: UtcHour; body: string }>();
  for (const line of lines) {
    const time = timeOf(Number(JSON.parse(line).seq)).toISOString();
    const hour = { dt: time.slice(0, 10), hour: time.slice(11, 13) };
    const known = hours.get(time.slice(0, 13)) ?? { hour, body: '' };
    known.body += `${line}\n`;
    hours.set(time.slice(0, 13), known);
  }
  return hours;
}
