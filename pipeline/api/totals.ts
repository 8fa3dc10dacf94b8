/** Adds up rollup rows: totals, applications and days. */
import type { AppUse, HourRow, State, TrendDay } from '@kinetrack/schema';
import { getOrCreate } from '../lake/get-or-create.ts';
import { compareText } from '../lake/row-order.ts';
import { datesOf } from './read-request.ts';

type Addend = Pick<HourRow, 'state' | 'seconds' | 'keys' | 'clicks' | 'scrolls' | 'distance_px'>;

export interface Totals {
  observed_s: number;
  productive_s: number;
  non_productive_s: number;
  unknown_s: number;
  keys: number;
  clicks: number;
  scrolls: number;
  distance_px: number;
}

const FIELD_OF_STATE = {
  productive: 'productive_s',
  non_productive: 'non_productive_s',
  unknown: 'unknown_s',
} as const satisfies Record<State, keyof Totals>;

const noTotals = (): Totals => ({
  observed_s: 0,
  productive_s: 0,
  non_productive_s: 0,
  unknown_s: 0,
  keys: 0,
  clicks: 0,
  scrolls: 0,
  distance_px: 0,
});

function addRow(totals: Totals, row: Addend): void {
  totals.observed_s += row.seconds;
  totals[FIELD_OF_STATE[row.state]] += row.seconds;
  totals.keys += row.keys;
  totals.clicks += row.clicks;
  totals.scrolls += row.scrolls;
  totals.distance_px += row.distance_px;
}

export function totalsOf(rows: readonly Addend[]): Totals {
  const totals = noTotals();
  for (const row of rows) addRow(totals, row);
  return totals;
}

/** Seconds per application, and per site within it; most first. */
export function applicationsOf(rows: readonly HourRow[]): AppUse[] {
  const apps = new Map<string | null, { readonly all: Totals; readonly sites: Map<string, Totals> }>();
  for (const row of rows) {
    const use = getOrCreate(apps, row.app, () => ({ all: noTotals(), sites: new Map<string, Totals>() }));
    addRow(use.all, row);
    if (row.site !== null) addRow(getOrCreate(use.sites, row.site, noTotals), row);
  }
  return [...apps]
    .map(([app, { all, sites }]) => ({ app, ...all, sites: sitesOf(sites) }))
    .sort((a, b) => b.observed_s - a.observed_s || compareText(a.app ?? '', b.app ?? ''));
}

function sitesOf(sites: ReadonlyMap<string, Totals>): AppUse['sites'] {
  return [...sites]
    .map(([site, { observed_s, productive_s, non_productive_s, unknown_s }]) => ({
      site,
      observed_s,
      productive_s,
      non_productive_s,
      unknown_s,
    }))
    .sort((a, b) => b.observed_s - a.observed_s || compareText(a.site, b.site));
}

/** One entry per date of the range, including dates without data. */
export function trendOf(rows: readonly HourRow[], from: string, to: string): TrendDay[] {
  const totalsByKey = new Map<string, Totals>();
  for (const row of rows) addRow(getOrCreate(totalsByKey, row.local_date, noTotals), row);
  return datesOf(from, to).map((date) => ({ date, ...(totalsByKey.get(date) ?? noTotals()) }));
}
