/**
 * Hours out of minutes: a row per person, local date and hour, app, site and state.
 *
 * A person is one person: where two of their devices observe the same second, `minutes` keeps both, and here that
 * second counts once, for the device with the strongest evidence of what the person was doing (EVIDENCE). So the
 * notebook that stands idle beside the desktop takes nothing away. Counts are never dropped: both keyboards were used.
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
  /** Whose rows are being added up: by application and site, a few of date, hour and state each. */
  #person = '';
  #rows: HourRow[] = [];
  #byWindow = new Map<string | null, Map<string | null, HourRow[]>>();

  /** Rows are told person by person, and of a person by date, hour, app, site and state. */
  constructor(onRow: (row: HourRow) => void) {
    this.#onRow = onRow;
  }

  /** Takes the rows of one person and UTC minute, device by device, ascending; one person behind the other. */
  addMinute(devices: readonly (readonly JudgedRow[])[]): void {
    const [only] = devices;
    if (devices.length === 1 && only !== undefined) {
      for (const { row } of only) this.#add(row, row.seconds);
      return;
    }
    let taken: SecondSet = NO_SECONDS;
    // Sorting is stable: on equal evidence the device that comes first keeps the second.
    const strongestFirst = devices
      .flat()
      .sort((a, b) => EVIDENCE.indexOf(a.row.rule) - EVIDENCE.indexOf(b.row.rule));
    for (const { row, seconds } of strongestFirst) {
      this.#add(row, sizeOf(without(seconds, taken)));
      taken = union(taken, seconds);
    }
  }

  /** The rows of the person whose minutes came last are complete: another one follows, or nobody. */
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
