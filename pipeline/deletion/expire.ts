/**
 * Deletes what is older than its retention by the dates in its key. A lifecycle rule of S3 counts from the day on which
 * an object was written: one that a deletion has written anew, or a rollup that was recomputed, would stay a second
 * time that long.
 */
import { HOURS_PREFIX, LAKE_PREFIXES, MINUTES_PREFIX } from '@kinetrack/schema';
import type { ObjectStore } from '../ports.ts';

/** Ages in days. */
export interface RetentionDays {
  readonly raw: number;
  readonly rollups: number;
  readonly errors: number;
}

const DAY_MS = 86_400_000;
/** S3 deletes up to days late; what is at its age to the day is left to it. */
const MARGIN_DAYS = 3;

const DT = /\/dt=(\d{4}-\d\d-\d\d)\//;
/** `-<yyyy-MM-dd-HH-mm-ss>-<uuid>` in the names that Firehose gives: when the oldest record of the object arrived. */
const ARRIVAL = /-(\d{4}-\d\d-\d\d)-\d\d-\d\d-\d\d-[0-9a-f-]{36}(?:\.[a-z.]+)?$/;
const ERROR_DATE = /\/(\d{4})\/(\d\d)\/(\d\d)\/[^/]+$/;

/** Resolves to the number of objects deleted. */
export async function expireByDate(
  store: ObjectStore,
  { retention, nowMs, hasTime }: { retention: RetentionDays; nowMs: number; hasTime: () => boolean },
): Promise<number> {
  const cutoff = (days: number) => new Date(nowMs - (days + MARGIN_DAYS) * DAY_MS).toISOString().slice(0, 10);
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
  // An event with a clock that was years behind has arrived today: its age is that of its arrival.
  await remove(LAKE_PREFIXES.raw, (key) => isBefore(DT, key, rawCutoff) && !isRecent(key, rawCutoff));
  const rollupCutoff = cutoff(retention.rollups);
  for (const prefix of [MINUTES_PREFIX, HOURS_PREFIX]) {
    await remove(prefix, (key) => isBefore(DT, key, rollupCutoff));
  }
  const errorCutoff = cutoff(retention.errors);
  await remove(LAKE_PREFIXES.errors, (key) => {
    const [, year, month, day] = ERROR_DATE.exec(key) ?? [];
    return year !== undefined && `${year}-${month}-${day}` < errorCutoff;
  });
  return expired;
}

const isBefore = (pattern: RegExp, key: string, cutoff: string): boolean => {
  const date = pattern.exec(key)?.[1];
  return date !== undefined && date < cutoff;
};

const isRecent = (key: string, cutoff: string): boolean => {
  const arrival = ARRIVAL.exec(key)?.[1];
  return arrival !== undefined && arrival >= cutoff;
};
