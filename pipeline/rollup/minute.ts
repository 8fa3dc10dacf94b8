/**
 * A whole minute out of its parts. Parts are taken by ascending seq; a second that two of them claim (the wall
 * clock was set back) stays with the earlier one, while no keystroke of the later one is lost: its counts stay
 * with its own application.
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

/** What the rules judge; null where that signal is not captured. */
export interface MinuteFigures {
  readonly observed_s: number;
  readonly keys: number | null;
  readonly clicks: number | null;
  readonly scrolls: number | null;
  readonly distance_px: number | null;
  /** Distinct seconds with movement. */
  readonly moving_s: number;
  /** Longest stretch without any input, with what it had lasted already when the minute began. */
  readonly longest_idle_s: number;
  readonly distraction_s: number | null;
}

export interface OwnedSegment {
  readonly segment: PartSegment;
  /** The seconds that count for it. */
  readonly seconds: SecondSet;
}

export interface Minute {
  readonly figures: MinuteFigures;
  readonly segments: readonly OwnedSegment[];
}

/** Parts of one person, device and minute, by ascending seq, at least one. */
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

/** Zero is a finding only where every part looked; anything above zero is one in any case. */
function figure(parts: readonly SamplePart[], name: keyof Captured, total: number): number | null {
  if (total === 0) for (const part of parts) if (!part.captured[name]) return null;
  return total;
}

/**
 * Idle time that a part brings along counts only while its first second is idle too: otherwise that stretch
 * ended before the part began. SecondSet that nobody observed end a stretch; the next part says how long it had been.
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
    // Only a stretch that begins here, or goes on from the part before, can have been brought along.
    for (const part of parts) {
      if (part.fromS === second) stretch = Math.max(stretch, part.idleAtStartS ?? 0);
    }
    stretch += 1;
    if (stretch > longest) longest = stretch;
  }
  return longest;
}
