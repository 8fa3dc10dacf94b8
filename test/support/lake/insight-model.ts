/** What the named queries tell, computed from the events themselves: slowly and obviously. */
import type { ActivityEvent } from '@kinetrack/schema';
import type { Row } from './query-lake.ts';

export interface PersonMinute {
  readonly user: string;
  readonly date: string;
  /** Minutes since 1970, UTC. */
  readonly number: number;
  readonly offsetMin: number;
  readonly keys: number;
  readonly clicks: number;
  readonly scrolls: number;
  readonly distancePx: number;
  readonly hasInput: boolean;
  readonly meetingS: number;
}

const plus = (figures: readonly number[] | null): number =>
  (figures ?? []).reduce((all, figure) => all + figure, 0);

/** Of all devices of a person, in order of person and time. */
export function personMinutes(events: Iterable<ActivityEvent>): PersonMinute[] {
  const minutes = new Map<string, PersonMinute>();
  for (const event of events) {
    if (event.activity_type !== 'sample') continue;
    const number = Math.floor(Date.parse(event.ts) / 60_000);
    const known = minutes.get(`${event.user_id}|${number}`);
    const meetings = event.segments.filter(
      ({ app, site }) => app === 'Zoom' || app === 'Microsoft Teams' || site === 'Google Meet',
    );
    const input = {
      keys: (known?.keys ?? 0) + plus(event.keys),
      clicks: (known?.clicks ?? 0) + plus(event.clicks),
      scrolls: (known?.scrolls ?? 0) + plus(event.scrolls),
      distancePx: (known?.distancePx ?? 0) + plus(event.distance_px),
    };
    minutes.set(`${event.user_id}|${number}`, {
      user: event.user_id,
      date: new Date((number + event.utc_offset_min) * 60_000).toISOString().slice(0, 10),
      number,
      offsetMin: event.utc_offset_min,
      ...input,
      hasInput: plus(Object.values(input)) > 0,
      meetingS: (known?.meetingS ?? 0) + plus(meetings.map(({ from_s, to_s }) => to_s - from_s)),
    });
  }
  return [...minutes.values()].sort((a, b) =>
    a.user < b.user ? -1 : a.user > b.user ? 1 : a.number - b.number,
  );
}

/** `09:10` on the person's clock. */
export const clockOf = (minute: PersonMinute | undefined, later = 0): string =>
  minute === undefined
    ? ''
    : new Date((minute.number + later + minute.offsetMin) * 60_000).toISOString().slice(11, 16);

/** The five longest runs of each person, out of rows of `minutes`. */
export function focusBlocksOf(rows: readonly Row[]): Row[] {
  const productive = new Map<string, { row: Row; seconds: number; meeting: number }>();
  for (const row of rows) {
    const key = `${String(row.user_id)}|${String(row.minute)}|${String(row.device_id)}`;
    const known = productive.get(key) ?? { row, seconds: 0, meeting: 0 };
    known.seconds += row.state === 'productive' ? Number(row.seconds) : 0;
    known.meeting += row.rule === 'meeting' ? Number(row.seconds) : 0;
    productive.set(key, known);
  }
  const numberOf = (row: Row): number => Date.parse(`${String(row.minute).replace(' ', 'T')}Z`) / 60_000;
  const people = tally(
    [...productive.values()].filter(({ seconds }) => seconds >= 45),
    ({ row }) => String(row.user_id),
  );
  return people.flatMap((own) => {
    const byMinute = new Map<number, { row: Row; meeting: number }>();
    for (const { row, meeting } of own) {
      const known = byMinute.get(numberOf(row));
      byMinute.set(numberOf(row), { row, meeting: Math.max(meeting, known?.meeting ?? 0) });
    }
    const blocks: { numbers: number[]; rows: Row[]; meetings: number }[] = [];
    for (const [number, { row, meeting }] of [...byMinute].sort(([a], [b]) => a - b)) {
      const last = blocks.at(-1);
      const goesOn = last !== undefined && number - (last.numbers.at(-1) ?? 0) <= 3;
      const block = goesOn ? last : { numbers: [], rows: [], meetings: 0 };
      if (!goesOn) blocks.push(block);
      block.numbers.push(number);
      block.rows.push(row);
      block.meetings += meeting >= 30 ? 1 : 0;
    }
    const lengthOf = ({ numbers }: { numbers: readonly number[] }): number =>
      (numbers.at(-1) ?? 0) - (numbers[0] ?? 0) + 1;
    const clock = (row: Row | undefined, later: number): string =>
      row === undefined
        ? ''
        : new Date((numberOf(row) + later + Number(row.utc_offset_min)) * 60_000).toISOString().slice(11, 16);
    return blocks
      .filter((block) => lengthOf(block) >= 25)
      .sort((a, b) => lengthOf(b) - lengthOf(a) || (a.numbers[0] ?? 0) - (b.numbers[0] ?? 0))
      .slice(0, 5)
      .map((block, index) => ({
        user_id: block.rows[0]?.user_id,
        place: index + 1,
        local_date: block.rows[0]?.local_date,
        begins: clock(block.rows[0], 0),
        ends: clock(block.rows.at(-1), 1),
        length_min: lengthOf(block),
        productive_min: block.numbers.length,
        meeting_min: block.meetings,
      }));
  });
}

/** Half up, as the queries round. */
export const quotient = (dividend: number, divisor: number, decimals: number): number =>
  Math.floor((10 ** decimals * dividend) / divisor + 0.5) / 10 ** decimals;

export const sum = (rows: readonly Row[], column: string): number =>
  rows.reduce((all, row) => all + Number(row[column]), 0);

/** Groups in ascending order of their keys; the order within is kept. */
export function tally<T>(items: readonly T[], keyOf: (item: T) => string): T[][] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group);
}
