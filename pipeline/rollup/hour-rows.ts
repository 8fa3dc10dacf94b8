/**
 * Hour rows from minute rows: one row per person, local date and hour, app, site and state.
 *
 * If two devices of a person observe the same second, `minutes` has both. `hours` counts that second
 * once, for the device with the stronger evidence (`EVIDENCE`): an idle laptop next to a used desktop
 * changes nothing. Counts of both devices are added.
 */
import type { HourRow, MinuteRow, VerdictRule } from '@kinetrack/schema';
import { getOrCreate } from '../lake/get-or-create.ts';
import { compareHours, compareText } from '../lake/row-order.ts';
import type { JudgedRow } from './minute-rows.ts';
import { NO_SECONDS, type SecondSet, sizeOf, union, without } from './second-set.ts';

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
  readonly #onRow: (row: HourRow) => void;
  /**
   * The current person and their rows, by app and site. Each list has a few rows: date, hour and state.
   */
  #person = '';
  #rows: HourRow[] = [];
  #byWindow = new Map<string | null, Map<string | null, HourRow[]>>();

  /** Calls `onRow` person by person; rows of a person by date, hour, app, site and state. */
  constructor(onRow: (row: HourRow) => void) {
    this.#onRow = onRow;
  }

  /**
   * Adds one UTC minute of one person: the rows of each device, ascending. All minutes of a person come
   * in sequence.
   */
  addMinute(devices: readonly (readonly JudgedRow[])[]): void {
    const [only] = devices;
    if (devices.length === 1 && only !== undefined) {
      for (const { row } of only) this.#add(row, row.seconds);
      return;
    }
    let counted: SecondSet = NO_SECONDS;
    // Sorting is stable: with equal evidence, the first device keeps the second.
    const strongestFirst = devices
      .flat()
      .sort((a, b) => EVIDENCE.indexOf(a.row.rule) - EVIDENCE.indexOf(b.row.rule));
    for (const { row, seconds } of strongestFirst) {
      this.#add(row, sizeOf(without(seconds, counted)));
      counted = union(counted, seconds);
    }
  }

  /** Ends the current person and emits their rows. */
  finishPerson(): void {
    for (const row of this.#rows.sort((a, b) => compareHours(a, b, compareText))) {
      if (row.seconds + row.keys + row.clicks + row.scrolls + row.distance_px > 0) this.#onRow(row);
    }
    this.#rows = [];
    this.#byWindow = new Map();
  }

  #add(row: MinuteRow, seconds: number): void {
    const hour = this.#rowFor(row);
    hour.seconds += seconds;
    hour.keys += row.keys;
    hour.clicks += row.clicks;
    hour.scrolls += row.scrolls;
    hour.distance_px += row.distance_px;
  }

  #rowFor({ user_id, local_date, local_hour, app, site, state }: MinuteRow): HourRow {
    if (user_id !== this.#person) {
      this.finishPerson();
      this.#person = user_id;
    }
    const bySite = getOrCreate(this.#byWindow, app, () => new Map<string | null, HourRow[]>());
    const hours = getOrCreate(bySite, site, () => []);
    for (const hour of hours) {
      if (hour.local_hour === local_hour && hour.state === state && hour.local_date === local_date)
        return hour;
    }
    const counts = { seconds: 0, keys: 0, clicks: 0, scrolls: 0, distance_px: 0 };
    const hour = { user_id, local_date, local_hour, app, site, state, ...counts };
    hours.push(hour);
    this.#rows.push(hour);
    return hour;
  }
}
