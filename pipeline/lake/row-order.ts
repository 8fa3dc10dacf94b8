/** Rows of several UTC hours in the order and form of SummaryStore. */
import type { HourRow, MinuteRow } from '@kinetrack/schema';

/**
 * A local hour that begins within a UTC hour has rows of two of them: they are added up. Ordered by date, hour, app,
 * site and state.
 */
export function mergeHours(rows: readonly HourRow[]): readonly HourRow[] {
  const merged: HourRow[] = [];
  for (const row of [...rows].sort(compareHours)) {
    const last = merged.at(-1);
    if (last === undefined || compareHours(last, row) !== 0) {
      merged.push({ ...row });
      continue;
    }
    last.seconds += row.seconds;
    last.keys += row.keys;
    last.clicks += row.clicks;
    last.scrolls += row.scrolls;
    last.distance_px += row.distance_px;
  }
  return merged;
}

/** Of one person. */
const compareHours = (a: HourRow, b: HourRow): number =>
  compareUtf8(a.local_date, b.local_date) ||
  a.local_hour - b.local_hour ||
  compareUtf8(a.app, b.app) ||
  compareUtf8(a.site, b.site) ||
  compareUtf8(a.state, b.state);

/** Of one person: by minute, device, app, site and rule. */
export const compareMinutes = (a: MinuteRow, b: MinuteRow): number =>
  compareUtf8(a.minute, b.minute) ||
  compareUtf8(a.device_id, b.device_id) ||
  compareUtf8(a.app, b.app) ||
  compareUtf8(a.site, b.site) ||
  compareUtf8(a.rule, b.rule);

/** By the bytes of the text, null first: the order of every SQL engine that we ask. */
export function compareUtf8(a: string | null, b: string | null): number {
  if (a === b) return 0;
  if (a === null) return -1;
  if (b === null) return 1;
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
