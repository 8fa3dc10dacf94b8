/**
 * Hours out of minutes: a row per person, local date and hour, app, site and state.
 *
 * A person is one person: where two of their devices observe the same second, `minutes` keeps both, and here that
 * second counts once, for the device with the strongest evidence of what the person was doing (EVIDENCE). So the
 * notebook that stands idle beside the desktop takes nothing away. Counts are never dropped: both keyboards were used.
 */
import type { HourRow, MinuteRow, VerdictRule } from '@kinetrack/schema';
import { compareText, type JudgedRow } from './minute-rows.ts';
import { NO_SECONDS, type Seconds, sizeOf, union, without } from './seconds.ts';

/** Strongest first. */
const EVIDENCE: readonly VerdictRule[] = [
  'meeting',
  'interaction',
  'presence',
  'non_productive_list',
  'inactive',
  'no_input_capture',
];

export class HourRows {
  readonly #rows = new Map<string, { -readonly [K in keyof HourRow]: HourRow[K] }>();

  /** Takes all rows of one person and UTC minute, each device's behind the other's, devices ascending. */
  addMinute(devices: readonly (readonly JudgedRow[])[]): void {
    const [only] = devices;
    if (devices.length === 1 && only !== undefined) {
      for (const { row } of only) this.#add(row, row.seconds);
      return;
    }
    let taken: Seconds = NO_SECONDS;
    // Sorting is stable: on equal evidence the device that comes first keeps the second.
    const strongestFirst = devices
      .flat()
      .sort((a, b) => EVIDENCE.indexOf(a.row.rule) - EVIDENCE.indexOf(b.row.rule));
    for (const { row, seconds } of strongestFirst) {
      this.#add(row, sizeOf(without(seconds, taken)));
      taken = union(taken, seconds);
    }
  }

  /** By person, date, hour, app, site and state. */
  rows(): readonly HourRow[] {
    return [...this.#rows.values()]
      .filter((row) => row.seconds + row.keys + row.clicks + row.scrolls + row.distance_px > 0)
      .sort(compareHours);
  }

  #add(row: MinuteRow, seconds: number): void {
    const key = keyOf(row);
    const known = this.#rows.get(key);
    if (known === undefined) {
      const { user_id, local_date, local_hour, app, site, state, keys, clicks, scrolls, distance_px } = row;
      this.#rows.set(key, {
        ...{ user_id, local_date, local_hour, app, site, state, seconds, keys, clicks, scrolls, distance_px },
      });
      return;
    }
    known.seconds += seconds;
    known.keys += row.keys;
    known.clicks += row.clicks;
    known.scrolls += row.scrolls;
    known.distance_px += row.distance_px;
  }
}

/** Names cannot run into each other: the lengths stand before them. */
function keyOf({ user_id, local_date, local_hour, app, site, state }: MinuteRow): string {
  const lengths = `${user_id.length},${app?.length},${site?.length}`;
  return `${local_date} ${local_hour} ${state} ${lengths} ${user_id}${app}${site}`;
}

const compareHours = (a: HourRow, b: HourRow): number =>
  compareText(a.user_id, b.user_id) ||
  compareText(a.local_date, b.local_date) ||
  a.local_hour - b.local_hour ||
  compareText(a.app, b.app) ||
  compareText(a.site, b.site) ||
  compareText(a.state, b.state);
