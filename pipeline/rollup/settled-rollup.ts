import type { UtcHour } from '@kinetrack/schema';
import { TOMBSTONES_PREFIX } from '@kinetrack/schema';
import { rawSamplesPrefix } from '../lake/keys.ts';
import type { ObjectStore } from '../lake/ports.ts';
import { rollupParts } from '../lake/rollup-files.ts';
import { slicesSplitFrom, WHOLE } from '../lake/slices.ts';
import { type RollupReport, type RollupRequest, rollupHour } from './rollup-hour.ts';

const MAX_ATTEMPTS = 5;

/** Raw objects arrived during each attempt. The queue delivers the message again. */
export class HourNotSettled extends Error {
  readonly code = 'hour_not_settled';
  constructor({ dt, hour }: UtcHour) {
    super(
      `raw objects of ${dt} ${hour}:00 changed during each of ${MAX_ATTEMPTS} attempts; it will be retried`,
    );
    this.name = 'HourNotSettled';
  }
}

/**
 * Recomputes an hour, or a slice of it, until its input is the same before and after: the raw objects
 * and the tombstones.
 *
 * Two invocations can compute the same hour concurrently, and the one with the older listing may write
 * last. Each therefore lists the input again after its write and repeats if it changed. Later objects
 * cause their own message. This needs no lock. After a crash between write and second listing, the
 * queue delivers the message again.
 *
 * The same covers a concurrent deletion: its tombstone is written first, so a rollup that stored rows
 * of the person finds the tombstone in the second listing and removes them.
 */
export async function settledRollup(request: RollupRequest): Promise<RollupReport> {
  await settleSplitSlices(request);
  return settle(request);
}

/**
 * After an increase of the number of slices, the existing part can contain people whose own slice has
 * no part yet. Their slices are computed first, so that nobody is missing for longer than one put.
 * Until both parts are written, these people are in the lake twice, but never in the summaries. A slice
 * without people has no part and is recomputed each time; this only happens in hours with few people.
 */
async function settleSplitSlices(request: RollupRequest): Promise<void> {
  const { store, hour, slice = WHOLE } = request;
  for (const other of slicesSplitFrom(slice)) {
    const parts = await rollupParts(store, 'minutes', hour);
    if (parts.has(slice.index) && !parts.has(other.index)) await settle({ ...request, slice: other });
  }
}

async function settle(request: RollupRequest): Promise<RollupReport> {
  let before = await inputStateOf(request.store, request.hour);
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
    const report = await rollupHour(request);
    const after = await inputStateOf(request.store, request.hour);
    if (after === before) return report;
    before = after;
  }
  throw new HourNotSettled(request.hour);
}

/** The input as one comparable string. */
async function inputStateOf(store: ObjectStore, hour: UtcHour): Promise<string> {
  const objects: string[] = [];
  for (const prefix of [rawSamplesPrefix(hour), TOMBSTONES_PREFIX]) {
    // A rewritten object of the same size differs by its time.
    for await (const { key, bytes, modifiedMs } of store.list(prefix)) {
      objects.push(`${key} ${bytes} ${modifiedMs ?? ''}`);
    }
  }
  return objects.join('\n');
}
