/** Adding up rows of the rollup: seconds by state, and what was counted in them. */
import type { HourRow, State } from '@kinetrack/schema';

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
