/** The order of rows and names. */
import type { HourRow, MinuteRow } from '@kinetrack/schema';

type Compare = (a: string | null, b: string | null) => number;

/** By UTF-16 code unit, null first: the order of the rollup files, independent of any locale. */
export function compareText(a: string | null, b: string | null): number {
  if (a === b) return 0;
  if (a === null) return -1;
  if (b === null) return 1;
  return a < b ? -1 : 1;
}

/** By UTF-8 byte, null first: the order of Athena and DuckDB. */
export function compareUtf8(a: string | null, b: string | null): number {
  if (a === b) return 0;
  if (a === null) return -1;
  if (b === null) return 1;
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** Hour rows of one person: by date, hour, app, site and state. */
export const compareHours = (a: HourRow, b: HourRow, compare: Compare): number =>
  compare(a.local_date, b.local_date) ||
  a.local_hour - b.local_hour ||
  compare(a.app, b.app) ||
  compare(a.site, b.site) ||
  compare(a.state, b.state);

/** Minute rows of one person: by minute, device, app, site and rule. */
export const compareMinutes = (a: MinuteRow, b: MinuteRow): number =>
  compareUtf8(a.minute, b.minute) ||
  compareUtf8(a.device_id, b.device_id) ||
  compareUtf8(a.app, b.app) ||
  compareUtf8(a.site, b.site) ||
  compareUtf8(a.rule, b.rule);

/**
 * Hour rows of one person, in the order of `SummaryStore`. A local hour can overlap two UTC hours (offsets with half
 * hours, clock changes): its rows of both are added up.
 */
export function mergeHours(rows: readonly HourRow[]): readonly HourRow[] {
  const merged: HourRow[] = [];
  for (const row of [...rows].sort((a, b) => compareHours(a, b, compareUtf8))) {
    const last = merged.at(-1);
    if (last === undefined || compareHours(last, row, compareUtf8) !== 0) {
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
