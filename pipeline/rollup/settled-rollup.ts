import type { UtcHour } from '@kinetrack/schema';
import { TOMBSTONES_PREFIX } from '@kinetrack/schema';
import { rawSamplesPrefix } from '../lake/keys.ts';
import type { ObjectStore } from '../lake/ports.ts';
import { rollupParts } from '../lake/rollup-files.ts';
import { slicesSplitFrom, WHOLE } from '../lake/slices.ts';
import { type RollupReport, type RollupRequest, rollupHour } from './rollup-hour.ts';

const MAX_ATTEMPTS = 5;

/** Raw objects kept arriving while the hour was recomputed; the next invocation takes it up again. */
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
 * Recomputes an hour, or a slice of it, until what it rests on is the same before and after: the raw objects, and whom
 * the tombstones hide.
 *
 * Two invocations may work on one hour at the same time, and the one that listed less may write last. So each
 * looks again once it has written: whoever writes last finds everything that stood there at that moment, or
 * does it again; whatever comes later brings a message of its own. No lock is needed, and a crash between the
 * write and the second look leaves the message in the queue, which leads here again.
 *
 * The same holds for a deletion that runs meanwhile: its tombstone comes first, so a rollup that wrote the person's
 * rows behind its back sees it afterwards, and takes them out.
 */
export async function settledRollup(request: RollupRequest): Promise<RollupReport> {
  await settleSplitSlices(request);
  return settle(request);
}

/**
 * Where the number of slices has grown, the part that is replaced now may hold people whose own part is not there yet:
 * theirs come first, so that nobody is missing for longer than a put takes. Until both are written these people are in
 * the lake twice. In summaries they never are. A slice without people has no part, and is computed again and again:
 * that happens in hours so quiet that it costs nothing.
 */
async function settleSplitSlices(request: RollupRequest): Promise<void> {
  const { store, hour, slice = WHOLE } = request;
  for (const other of slicesSplitFrom(slice)) {
    const parts = await rollupParts(store, 'minutes', hour);
    if (parts.has(slice.index) && !parts.has(other.index)) await settle({ ...request, slice: other });
  }
}

async function settle(request: RollupRequest): Promise<RollupReport> {
  let before = await restingOn(request.store, request.hour);
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
    const report = await rollupHour(request);
    const after = await restingOn(request.store, request.hour);
    if (after === before) return report;
    before = after;
  }
  throw new HourNotSettled(request.hour);
}

/** As one comparable text. */
async function restingOn(store: ObjectStore, hour: UtcHour): Promise<string> {
  const objects: string[] = [];
  for (const prefix of [rawSamplesPrefix(hour), TOMBSTONES_PREFIX]) {
    // An object that is written again in as many bytes has another moment.
    for await (const { key, bytes, modifiedMs } of store.list(prefix)) {
      objects.push(`${key} ${bytes} ${modifiedMs ?? ''}`);
    }
  }
  return objects.join('\n');
}
