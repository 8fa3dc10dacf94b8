/** Rows of the rollup for tests: one row by hand, or a whole believable day. */
import { formatUtc, localDateHour, type MinuteRow } from '@kinetrack/schema';

export const ADA = 'ada';
export const OFFSET_MIN = 60;
const DEVICE = '6f1ed002-ab5b-4f2c-9d2f-8f6d3d1c0a01';

/** A minute with one window, typed in, unless said otherwise. The local date and hour follow the offset. */
export function minuteOf(minute: string, row: Partial<MinuteRow> = {}): MinuteRow {
  const utc_offset_min = row.utc_offset_min ?? OFFSET_MIN;
  const local = localDateHour(Date.parse(minute), utc_offset_min);
  return {
    user_id: ADA,
    device_id: DEVICE,
    minute,
    utc_offset_min,
    local_date: local.date,
    local_hour: local.hour,
    app: 'Code',
    site: null,
    state: 'productive',
    seconds: 60,
    keys: 40,
    clicks: 2,
    scrolls: 1,
    distance_px: 300,
    rule: 'interaction',
    reason: '43 interactions, at least 10 are needed.',
    inputs: figures({ keys: 40, clicks: 2, scrolls: 1, distance_px: 300, moving_s: 9, longest_idle_s: 6 }),
    rules_version: 'default-1',
    ...row,
  };
}

/** What the rules judged, as the rollup stores it. */
function figures(known: Readonly<Record<string, number>>): string {
  return JSON.stringify({
    ...{ observed_s: 60, keys: 0, clicks: 0, scrolls: 0, distance_px: 0 },
    ...{ moving_s: 0, longest_idle_s: 60, distraction_s: null },
    ...known,
  });
}

type Block = readonly [from: string, to: string, app: string, site: string | null, kind: Kind];
type Kind = 'typing' | 'reading' | 'meeting' | 'distraction' | 'away';

const DAY: readonly Block[] = [
  ['08:52', '09:06', 'Thunderbird', null, 'typing'],
  ['09:06', '09:58', 'Code', null, 'typing'],
  ['09:58', '10:04', 'Firefox', 'YouTube', 'distraction'],
  ['10:04', '10:34', 'zoom.us', null, 'meeting'],
  ['10:34', '11:21', 'Code', null, 'typing'],
  ['11:21', '11:40', 'Firefox', 'GitHub', 'reading'],
  ['11:40', '12:18', 'Terminal', null, 'typing'],
  // Lunch: the machine sleeps, nothing is observed.
  ['13:07', '13:12', 'Slack', null, 'away'],
  ['13:12', '13:40', 'Slack', null, 'typing'],
  ['13:40', '14:52', 'Code', null, 'typing'],
  ['14:52', '15:03', 'Firefox', 'Reddit', 'distraction'],
  ['15:03', '15:48', 'Firefox', 'Google Meet', 'meeting'],
  ['15:48', '16:02', 'Code', null, 'away'],
  ['16:02', '17:10', 'LibreOffice Writer', null, 'typing'],
  ['17:10', '17:31', 'Firefox', 'Wikipedia', 'reading'],
];

const LOOKS: Record<Kind, Partial<MinuteRow>> = {
  typing: {},
  reading: {
    ...{ keys: 1, clicks: 1, scrolls: 5, distance_px: 820, rule: 'presence' },
    reason: 'The mouse moved 820 px in 22 different seconds, with at most 11 s without input.',
    inputs: figures({ keys: 1, clicks: 1, scrolls: 5, distance_px: 820, moving_s: 22, longest_idle_s: 11 }),
  },
  meeting: {
    ...{ keys: 0, clicks: 0, scrolls: 0, distance_px: 90, rule: 'meeting' },
    reason: 'A meeting application was in front.',
    inputs: figures({ distance_px: 90, moving_s: 2, longest_idle_s: 41 }),
  },
  distraction: {
    ...{ state: 'non_productive', keys: 0, clicks: 1, scrolls: 4, distance_px: 410 },
    rule: 'non_productive_list',
    reason: 'The site is on the non-productive list.',
    inputs: figures({ clicks: 1, scrolls: 4, distance_px: 410, moving_s: 8, longest_idle_s: 22 }),
  },
  away: {
    ...{ state: 'non_productive', keys: 0, clicks: 0, scrolls: 0, distance_px: 0, rule: 'inactive' },
    reason: 'No interaction, and the mouse did not move.',
    inputs: figures({}),
  },
};

/** A day of work from 08:52 to 17:31 on the person's clock, with a lunch that was not observed. */
export function believableDay(localDate: string, row: Partial<MinuteRow> = {}): MinuteRow[] {
  const utc_offset_min = row.utc_offset_min ?? OFFSET_MIN;
  return DAY.flatMap(([from, to, app, site, kind]) => {
    const rows: MinuteRow[] = [];
    for (let minute = ofDay(from); minute < ofDay(to); minute += 1) {
      const epochMs = Date.parse(`${localDate}T00:00:00.000Z`) + (minute - utc_offset_min) * 60_000;
      rows.push(minuteOf(formatUtc(epochMs), { app, site, ...LOOKS[kind], ...row }));
    }
    return rows;
  });
}

const ofDay = (clock: string): number => Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3));
