/**
 * The timeline of a day, as runs of minutes. A minute with several verdicts and windows has the state
 * with the most seconds, and the window with the most seconds of that state. Minutes without rows are
 * `not_observed`.
 */
import { formatUtc, MINUTE_MS, type MinuteRow, STATES, type TimelineRun } from '@kinetrack/schema';
import { getOrCreate } from '../lake/get-or-create.ts';

type RunLabel = Pick<TimelineRun, 'state' | 'app' | 'site'>;

/** `rows`: of one date, by minute. The runs are contiguous. */
export function runsOf(rows: readonly MinuteRow[]): TimelineRun[] {
  const runs: TimelineRun[] = [];
  for (const [minute, parts] of byMinute(rows)) {
    const last = runs.at(-1);
    if (last !== undefined && last.to < minute) {
      runs.push({ state: 'not_observed', app: null, site: null, from: last.to, to: minute, observed_s: 0 });
    }
    const label = labelOf(parts);
    const to = formatUtc(Date.parse(minute) + MINUTE_MS);
    const observed_s = parts.reduce((sum, part) => sum + part.seconds, 0);
    const current = runs.at(-1);
    if (current !== undefined && hasLabel(current, label)) {
      current.to = to;
      current.observed_s += observed_s;
    } else {
      runs.push({ ...label, from: minute, to, observed_s });
    }
  }
  return runs;
}

function byMinute(rows: readonly MinuteRow[]): Map<string, MinuteRow[]> {
  const minutes = new Map<string, MinuteRow[]>();
  for (const row of rows) getOrCreate(minutes, row.minute, () => []).push(row);
  return minutes;
}

function labelOf(parts: readonly MinuteRow[]): RunLabel {
  const secondsIn = (state: string): number =>
    parts.reduce((sum, part) => (part.state === state ? sum + part.seconds : sum), 0);
  const state = STATES.reduce((best, next) => (secondsIn(next) > secondsIn(best) ? next : best));
  let top: MinuteRow | undefined;
  for (const part of parts) {
    if (part.state === state && part.seconds > (top?.seconds ?? -1)) top = part;
  }
  return { state, app: top?.app ?? null, site: top?.site ?? null };
}

const hasLabel = (a: RunLabel, b: RunLabel): boolean =>
  a.state === b.state && a.app === b.app && a.site === b.site;
