/** Adding up rows of the rollup: seconds by state, and what was counted in them. */
import type { AppUse, HourRow, State, TrendDay } from '@kinetrack/schema';
import { datesOf } from './read-request.ts';

type Addend = Pick<HourRow, 'state' | 'seconds' | 'keys' | 'clicks' | 'scrolls' | 'distance_px'>;

export interface Tally {
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
} as const satisfies Record<State, keyof Tally>;

export const emptyTally = (): Tally => ({
  observed_s: 0,
  productive_s: 0,
  non_productive_s: 0,
  unknown_s: 0,
  keys: 0,
  clicks: 0,
  scrolls: 0,
  distance_px: 0,
});

export function addRow(tally: Tally, row: Addend): void {
  tally.observed_s += row.seconds;
  tally[FIELD_OF_STATE[row.state]] += row.seconds;
  tally.keys += row.keys;
  tally.clicks += row.clicks;
  tally.scrolls += row.scrolls;
  tally.distance_px += row.distance_px;
}

export function tallyOf(rows: readonly Addend[]): Tally {
  const tally = emptyTally();
  for (const row of rows) addRow(tally, row);
  return tally;
}

/** The tally under a key; made on first use. */
export function tallyFor<K>(tallies: Map<K, Tally>, key: K): Tally {
  const known = tallies.get(key);
  if (known !== undefined) return known;
  const fresh = emptyTally();
  tallies.set(key, fresh);
  return fresh;
}

/** Where the time went: seconds per application, and per site inside it. */
export function applicationsOf(rows: readonly HourRow[]): AppUse[] {
  const apps = new Map<string | null, { readonly all: Tally; readonly sites: Map<string, Tally> }>();
  for (const row of rows) {
    const use = apps.get(row.app) ?? { all: emptyTally(), sites: new Map<string, Tally>() };
    apps.set(row.app, use);
    addRow(use.all, row);
    if (row.site !== null) addRow(tallyFor(use.sites, row.site), row);
  }
  return [...apps]
    .map(([app, { all, sites }]) => ({ app, ...all, sites: sitesOf(sites) }))
    .sort((a, b) => b.observed_s - a.observed_s || compareNames(a.app ?? '', b.app ?? ''));
}

function sitesOf(sites: ReadonlyMap<string, Tally>): AppUse['sites'] {
  return [...sites]
    .map(([site, { observed_s, productive_s, non_productive_s, unknown_s }]) => ({
      site,
      observed_s,
      productive_s,
      non_productive_s,
      unknown_s,
    }))
    .sort((a, b) => b.observed_s - a.observed_s || compareNames(a.site, b.site));
}

/** By code unit: the order must not depend on the host's language. */
const compareNames = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

/** The days of a range, with those that have no data. */
export function trendOf(rows: readonly HourRow[], from: string, to: string): TrendDay[] {
  const tallies = new Map<string, Tally>();
  for (const row of rows) addRow(tallyFor(tallies, row.local_date), row);
  return datesOf(from, to).map((date) => ({ date, ...(tallies.get(date) ?? emptyTally()) }));
}
