/** Where the time went: seconds per application, and per site inside it. */
import type { AppUse, HourRow } from '@kinetrack/schema';
import { addRow, emptyTally, type Tally, tallyFor } from './tally.ts';

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
