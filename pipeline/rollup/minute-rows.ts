/** The rows of one person, device and minute: a row per app, site and rule; their seconds add up to what was observed. */
import { localDateHour, type MinuteRow, type RuleSet } from '@kinetrack/schema';
import { judgeListed, judgeMinute, type Verdict } from './judge.ts';
import type { Listed } from './matchers.ts';
import { mergeParts, type OwnedSegment } from './minute.ts';
import type { SamplePart } from './sample-part.ts';
import { NO_SECONDS, type Seconds, sizeOf, union } from './seconds.ts';

/** A row with the very seconds that it stands for: two devices of one person are told apart by them. */
export interface JudgedRow {
  readonly row: MinuteRow;
  readonly seconds: Seconds;
}

interface Group {
  readonly app: string | null;
  readonly site: string | null;
  readonly listed: Listed | undefined;
  seconds: Seconds;
  keys: number;
  clicks: number;
  scrolls: number;
  distancePx: number;
}

/** Parts of one person, device and minute, by ascending seq, at least one. Rows come by app, site and rule. */
export function judgeParts(
  parts: readonly [SamplePart, ...SamplePart[]],
  rules: RuleSet,
): readonly JudgedRow[] {
  const [first] = parts;
  const { figures, segments } = mergeParts(parts);
  const inputs = JSON.stringify(figures);
  const minute = `${first.minute}:00.000Z`;
  const local = localDateHour(Date.parse(minute), first.utcOffsetMin);
  let whole: Verdict | undefined;

  return groupsOf(segments)
    .filter(
      (group) => sizeOf(group.seconds) + group.keys + group.clicks + group.scrolls + group.distancePx > 0,
    )
    .map((group) => {
      const seconds = sizeOf(group.seconds);
      whole ??= judgeMinute(figures, rules);
      const verdict = group.listed === undefined ? whole : judgeListed(group.listed, seconds);
      return {
        seconds: group.seconds,
        row: {
          user_id: first.userId,
          device_id: first.deviceId,
          minute,
          utc_offset_min: first.utcOffsetMin,
          local_date: local.date,
          local_hour: local.hour,
          app: group.app,
          site: group.site,
          state: verdict.state,
          seconds,
          keys: group.keys,
          clicks: group.clicks,
          scrolls: group.scrolls,
          distance_px: group.distancePx,
          rule: verdict.rule,
          reason: verdict.reason,
          inputs,
          rules_version: rules.version,
        },
      };
    })
    .sort((a, b) => compareRows(a.row, b.row));
}

function groupsOf(segments: readonly OwnedSegment[]): readonly Group[] {
  const groups: Group[] = [];
  for (const { segment, seconds } of segments) {
    const { app, site, listed } = segment;
    let group = groups.find(
      (known) => known.app === app && known.site === site && known.listed?.list === listed?.list,
    );
    if (group === undefined) {
      group = { app, site, listed, seconds: NO_SECONDS, keys: 0, clicks: 0, scrolls: 0, distancePx: 0 };
      groups.push(group);
    }
    group.seconds = union(group.seconds, seconds);
    group.keys += segment.keys;
    group.clicks += segment.clicks;
    group.scrolls += segment.scrolls;
    group.distancePx += segment.distancePx;
  }
  return groups;
}

const compareRows = (a: MinuteRow, b: MinuteRow): number =>
  compareText(a.app, b.app) || compareText(a.site, b.site) || compareText(a.rule, b.rule);

/** By code unit, null first: the same order on every machine, whatever its locale. */
export function compareText(a: string | null, b: string | null): number {
  if (a === b) return 0;
  if (a === null) return -1;
  if (b === null) return 1;
  return a < b ? -1 : 1;
}
