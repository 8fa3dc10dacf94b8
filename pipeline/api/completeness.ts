/**
 * The observed share of a day, between the first and the last observed second; nights do not count as
 * missing. If two devices observe the same minute, it counts for at most 60 seconds. The first and last
 * minute count only their observed seconds, so a start at 09:00:37 is not a gap.
 */
import { type Completeness, formatUtc, MINUTE_MS, type MinuteRow } from '@kinetrack/schema';

const SECONDS_A_MINUTE = 60;

/** `rows`: by minute. Null without rows. */
export function completenessOf(rows: readonly MinuteRow[]): Completeness | null {
  const secondsOfMinute = new Map<string, number>();
  for (const row of rows) {
    secondsOfMinute.set(row.minute, (secondsOfMinute.get(row.minute) ?? 0) + row.seconds);
  }
  const minutes = [...secondsOfMinute.keys()];
  const first = minutes[0];
  const last = minutes.at(-1);
  if (first === undefined || last === undefined) return null;

  const covered = (minute: string): number => Math.min(SECONDS_A_MINUTE, secondsOfMinute.get(minute) ?? 0);
  const firstMs = Date.parse(first);
  const lastMs = Date.parse(last);
  const toMs = lastMs + covered(last) * 1000;
  const fromMs = first === last ? firstMs : firstMs + MINUTE_MS - covered(first) * 1000;
  const spanS = Math.round((toMs - fromMs) / 1000);
  const coveredS = minutes.reduce((sum, minute) => sum + covered(minute), 0);
  return {
    from: formatUtc(fromMs),
    to: formatUtc(toMs),
    covered_s: coveredS,
    span_s: spanS,
    ratio: spanS === 0 ? 1 : Math.min(1, coveredS / spanS),
    explanation: `${coveredS} of the ${spanS} seconds between the first and the last observed second of the day were observed. The rest has no figures.`,
  };
}
