/**
 * Deletes objects past their retention, by the date in the key. A lifecycle rule of S3 counts from the
 * last write: it would keep an object that was rewritten by a deletion or a rollup for another full
 * period.
 */
import { DAY_MS, formatUtc, LAKE_PREFIXES } from '@kinetrack/schema';
import { arrivalDateOf, parseKey } from '../lake/keys.ts';
import type { ObjectStore } from '../lake/ports.ts';

/** Retention in days. */
export interface RetentionDays {
  readonly raw: number;
  readonly rollups: number;
  readonly errors: number;
}

/** S3 expires objects up to some days late. Objects within this margin are left to S3. */
const MARGIN_DAYS = 3;

/** Resolves to the number of deleted objects. */
export async function expireByDate(
  store: ObjectStore,
  { retention, nowMs, hasTime }: { retention: RetentionDays; nowMs: number; hasTime: () => boolean },
): Promise<number> {
  const cutoff = (days: number) => formatUtc(nowMs - (days + MARGIN_DAYS) * DAY_MS).slice(0, 10);
  let expired = 0;
  const remove = async (prefix: string, isOld: (key: string) => boolean): Promise<void> => {
    for await (const { key } of store.list(prefix)) {
      if (!hasTime()) return;
      if (!isOld(key)) continue;
      await store.delete(key);
      expired += 1;
    }
  };
  const rawCutoff = cutoff(retention.raw);
  // An event from a clock that is years behind has an old date but arrived today. Its age counts from
  // arrival.
  const hasArrivedSince = (key: string) => (arrivalDateOf(key) ?? '') >= rawCutoff;
  await remove(LAKE_PREFIXES.raw, (key) => isDatedBefore(key, rawCutoff) && !hasArrivedSince(key));
  const rollupCutoff = cutoff(retention.rollups);
  await remove(LAKE_PREFIXES.rollup, (key) => isDatedBefore(key, rollupCutoff));
  const errorCutoff = cutoff(retention.errors);
  await remove(LAKE_PREFIXES.errors, (key) => isDatedBefore(key, errorCutoff));
  return expired;
}

function isDatedBefore(key: string, cutoff: string): boolean {
  const parsed = parseKey(key);
  if (parsed?.kind === 'error') return parsed.date < cutoff;
  return (parsed?.kind === 'raw' || parsed?.kind === 'rollup') && parsed.hour.dt < cutoff;
}
