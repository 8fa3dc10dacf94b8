/**
 * Merges the parts of a minute, by ascending seq. If two parts contain the same second (the clock was
 * set back), it counts for the earlier part. The counts of both parts are kept, each for its own app.
 */
import type { Captured, PartSegment, SamplePart } from './sample-part.ts';
import {
  hasSecond,
  NO_SECONDS,
  SECONDS_A_MINUTE,
  type SecondSet,
  secondRange,
  sizeOf,
  union,
  without,
} from './second-set.ts';

/** Input of the rules; null if the signal is not captured. */
export interface MinuteFigures {
  readonly observed_s: number;
  readonly keys: number | null;
  readonly clicks: number | null;
  readonly scrolls: number | null;
  readonly distance_px: number | null;
  /** Distinct seconds with movement. */
  readonly moving_s: number;
  /** Longest period without input, including idle time from before the minute. */
  readonly longest_idle_s: number;
  readonly distraction_s: number | null;
}

export interface OwnedSegment {
  readonly segment: PartSegment;
  /** Seconds of the segment that no earlier part has. */
  readonly seconds: SecondSet;
}

export interface Minute {
  readonly figures: MinuteFigures;
  readonly segments: readonly OwnedSegment[];
}

/** `parts`: of one person, device and minute, by ascending seq, at least one. */
export function mergeParts(parts: readonly SamplePart[]): Minute {
  let observed = NO_SECONDS;
  let input = NO_SECONDS;
  let moving = NO_SECONDS;
  let distraction: number | null = null;
  const totals = { keys: 0, clicks: 0, scrolls: 0, distance: 0 };
  const segments: OwnedSegment[] = [];

  for (const part of parts) {
    for (const segment of part.segments) {
      segments.push({ segment, seconds: without(secondRange(segment.fromS, segment.toS), observed) });
      totals.keys += segment.keys;
      totals.clicks += segment.clicks;
      totals.scrolls += segment.scrolls;
      totals.distance += segment.distancePx;
    }
    if (part.distractionS !== null) distraction = (distraction ?? 0) + part.distractionS;
    observed = union(observed, secondRange(part.fromS, part.toS));
    input = union(input, part.input);
    moving = union(moving, part.moving);
  }

  const observedS = sizeOf(observed);
  return {
    segments,
    figures: {
      observed_s: observedS,
      keys: figure(parts, 'keys', totals.keys),
      clicks: figure(parts, 'clicks', totals.clicks),
      scrolls: figure(parts, 'scrolls', totals.scrolls),
      distance_px: figure(parts, 'distance', totals.distance),
      moving_s: sizeOf(moving),
      longest_idle_s: longestIdle(parts, observed, input),
      distraction_s: distraction === null ? null : Math.min(distraction, observedS),
    },
  };
}

/** Zero is valid only if all parts capture the signal. A sum above zero is always valid. */
function figure(parts: readonly SamplePart[], name: keyof Captured, total: number): number | null {
  if (total === 0) for (const part of parts) if (!part.captured[name]) return null;
  return total;
}

/**
 * Idle time from before a part counts only if its first second is idle too. Unobserved seconds end a
 * period; the next part states how long it had already lasted.
 */
function longestIdle(parts: readonly SamplePart[], observed: SecondSet, input: SecondSet): number {
  const idle = without(observed, input);
  let longest = 0;
  let stretch = 0;
  for (let second = 0; second < SECONDS_A_MINUTE; second += 1) {
    if (!hasSecond(idle, second)) {
      stretch = 0;
      continue;
    }
    // A period that starts here, or continues from the previous part, can include idle time from
    // before.
    for (const part of parts) {
      if (part.fromS === second) stretch = Math.max(stretch, part.idleAtStartS ?? 0);
    }
    stretch += 1;
    if (stretch > longest) longest = stretch;
  }
  return longest;
}
