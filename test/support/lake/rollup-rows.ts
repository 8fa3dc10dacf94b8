/** Rows of the rollup, with defaults that a test overrides, and the rows of a whole day. */
import { formatUtc, type HourRow, localDateHour, type MinuteRow } from '@kinetrack/schema';
import { DEVICE } from './sample-factory.ts';

export const ADA = 'ada';
export const OFFSET_MIN = 60;

/** The hour of one productive minute in an editor without input: 2026-11-20, 10:00 in Berlin. */
export const hourRow = (row: Partial<HourRow> = {}): HourRow => ({
  user_id: ADA,
  local_date: '2026-11-20',
  local_hour: 10,
  app: 'Code',
  site: null,
  state: 'productive',
  seconds: 60,
  keys: 0,
  clicks: 0,
  scrolls: 0,
  distance_px: 0,
  ...row,
});

/** The minute of `sampleOf()`, 09:10 UTC, judged as productive. */
export const minuteRow = (row: Partial<MinuteRow> = {}): MinuteRow => ({
  ...hourRow(),
  device_id: DEVICE,
  minute: '2026-11-20T09:10:00.000Z',
  utc_offset_min: OFFSET_MIN,
  rule: 'interaction',
  reason: '43 interactions, at least 10 are needed.',
  inputs: figures({ keys: 40, clicks: 2, scrolls: 1, distance_px: 300, moving_s: 9, longest_idle_s: 6 }),
  rules_version: 'default-1',
  ...row,
});

/** A minute of typing. The local date and hour follow the offset. */
export function minuteOf(minute: string, row: Partial<MinuteRow> = {}): MinuteRow {
  const local = localDateHour(Date.parse(minute), row.utc_offset_min ?? OFFSET_MIN);
  return minuteRow({
    ...{ minute, local_date: local.date, local_hour: local.hour },
    ...{ keys: 40, clicks: 2, scrolls: 1, distance_px: 300 },
    ...row,
  });
}

/** The figures that the rules judged, in the form that the rollup stores. */
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

/** A working day from 08:52 to 17:31 local time. The lunch break is not observed. */
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

/** Minutes of each application on that day, longest first. */
export const BELIEVABLE_APPS: readonly (readonly [app: string, minutes: number])[] = [
  ['Code', 185],
  ['Firefox', 102],
  ['LibreOffice Writer', 68],
  ['Terminal', 38],
  ['Slack', 33],
  ['zoom.us', 30],
  ['Thunderbird', 14],
];

const ofDay = (clock: string): number => Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3));
