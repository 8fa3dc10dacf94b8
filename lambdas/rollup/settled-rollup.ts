import { rawPrefix, type UtcHour } from '@kinetrack/schema';
import type { ObjectStore } from '../../pipeline/ports.ts';
import { type RollupReport, type RollupRequest, rollupHour } from '../../pipeline/rollup/index.ts';

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
 * Recomputes an hour until its raw objects are the same before and after.
 *
 * Two invocations may work on one hour at the same time, and the one that listed less may write last. So each
 * looks again once it has written: whoever writes last finds everything that stood there at that moment, or
 * does it again; whatever comes later brings a message of its own. No lock is needed, and a crash between the
 * write and the second look leaves the message in the queue, which leads here again.
 */
export async function settledRollup(request: RollupRequest): Promise<RollupReport> {
  let before = await rawObjects(request.store, request.hour);
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
    const report = await rollupHour(request);
    const after = await rawObjects(request.store, request.hour);
    if (after === before) return report;
    before = after;
  }
  throw new HourNotSettled(request.hour);
}

/** Everything that lies in the hour, as one comparable text. */
async function rawObjects(store: ObjectStore, { dt, hour }: UtcHour): Promise<string> {
  const objects: string[] = [];
  for await (const { key, bytes } of store.list(`${rawPrefix('sample')}dt=${dt}/hour=${hour}/`)) {
    objects.push(`${key} ${bytes}`);
  }
  return objects.join('\n');
}
