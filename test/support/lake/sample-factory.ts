/** Sample minutes described by what happened in them, second by second. */
import type { Sample, Segment } from '@kinetrack/schema';
import { sampleEvent } from './raw-samples.ts';

/** How much in which second: `{ 3: 2 }` is two in second 3 of the minute. */
export type BySecond = Readonly<Record<number, number>>;

export interface MinuteSketch {
  /** `2026-11-20T09:10` */
  readonly at?: string;
  readonly seq?: number;
  readonly user?: string;
  readonly device?: string;
  readonly offsetMin?: number;
  /** First observed second, and the second after the last one. */
  readonly observed?: readonly [number, number];
  readonly keys?: BySecond | null;
  readonly clicks?: BySecond | null;
  readonly scrolls?: BySecond | null;
  readonly distance?: BySecond | null;
  /** Windows with the second at which each ends. The last one ends with the observed range. */
  readonly windows?: readonly Window[];
  readonly distractionS?: number | null;
  readonly idleAtStartS?: number | null;
}

export interface Window {
  readonly app?: string | null;
  readonly site?: string | null;
  readonly title?: string | null;
  readonly untilS?: number;
}

/** A whole minute in an editor without input; the sketch overrides that. */
export function sampleOf(sketch: MinuteSketch = {}): Sample {
  const [from_s, to_s] = sketch.observed ?? [0, 60];
  const perSecond = (figures: BySecond | null | undefined): number[] | null =>
    figures === null
      ? null
      : Array.from({ length: to_s - from_s }, (_, index) => figures?.[from_s + index] ?? 0);
  return sampleEvent({
    seq: sketch.seq ?? 1,
    device_id: sketch.device ?? DEVICE,
    user_id: sketch.user ?? 'ada',
    ts: `${sketch.at ?? '2026-11-20T09:10'}:${String(from_s).padStart(2, '0')}.000Z`,
    utc_offset_min: sketch.offsetMin ?? 60,
    from_s,
    to_s,
    keys: perSecond(sketch.keys),
    clicks: perSecond(sketch.clicks),
    scrolls: perSecond(sketch.scrolls),
    distance_px: perSecond(sketch.distance),
    segments: segmentsOf(sketch.windows ?? [{}], from_s, to_s),
    distraction_s: sketch.distractionS === undefined ? 0 : sketch.distractionS,
    idle_at_start_s: sketch.idleAtStartS === undefined ? 0 : sketch.idleAtStartS,
  });
}

export const DEVICE = '6f9619ff-8b86-4d01-b42d-00cf4fc964ff';
export const SECOND_DEVICE = '7a2e4b10-0c55-4f3a-9a41-1d2c3b4a5968';

/** One each in `times` seconds, from a second on, in steps. */
export function everySecond(times: number, { from = 0, step = 1, amount = 1 } = {}): BySecond {
  return Object.fromEntries(Array.from({ length: times }, (_, index) => [from + index * step, amount]));
}

function segmentsOf(windows: readonly Window[], fromS: number, toS: number): Segment[] {
  let start = fromS;
  return windows.map(({ app = 'Code', site = null, title = null, untilS = toS }) => {
    const segment = { app, site, title, from_s: start, to_s: untilS };
    start = untilS;
    return segment;
  });
}
