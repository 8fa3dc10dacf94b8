/** The days of a range, with those that have no data. */
import type { HourRow, TrendDay } from '@kinetrack/schema';
import { datesOf } from './calendar.ts';
import { addRow, emptyTally, type Tally, tallyFor } from './tally.ts';

export function trendOf(rows: readonly HourRow[], from: string, to: string): TrendDay[] {
  const tallies = new Map<string, Tally>();
  for (const row of rows) addRow(tallyFor(tallies, row.local_date), row);
  return datesOf(from, to).map((date) => ({ date, ...(tallies.get(date) ?? emptyTally()) }));
}
