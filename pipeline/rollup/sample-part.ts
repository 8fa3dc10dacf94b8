/**
 * A stored sample, reduced to the data of the rollup: sums per segment and two sets of seconds instead
 * of per-second arrays, the matched list instead of the title. About 400 bytes instead of several
 * thousand.
 *
 * The decoder is hand-written because it is the hot path. It checks only the fields it uses: the line
 * was fully validated before it was delivered.
 */
import { isRecord, type UtcHour } from '@kinetrack/schema';
import type { Classify, Listed } from './matchers.ts';
import { highBit, lowBit, SECONDS_A_MINUTE, type SecondSet } from './second-set.ts';
import type { StringPool } from './string-pool.ts';

export interface PartSegment {
  readonly app: string | null;
  readonly site: string | null;
  readonly listed: Listed | undefined;
  readonly fromS: number;
  readonly toS: number;
  readonly keys: number;
  readonly clicks: number;
  readonly scrolls: number;
  readonly distancePx: number;
}

/** A minute, or a part of a minute that was cut short. */
export interface SamplePart {
  readonly userId: string;
  readonly deviceId: string;
  readonly seq: number;
  /** `2026-11-20T09:10` */
  readonly minute: string;
  readonly utcOffsetMin: number;
  readonly fromS: number;
  readonly toS: number;
  readonly segments: readonly PartSegment[];
  /** Signals captured by this computer. */
  readonly captured: Captured;
  /** Seconds with any key, click, scroll or movement. */
  readonly input: SecondSet;
  /** Seconds with movement. */
  readonly moving: SecondSet;
  readonly distractionS: number | null;
  readonly idleAtStartS: number | null;
}

export interface Captured {
  readonly keys: boolean;
  readonly clicks: boolean;
  readonly scrolls: boolean;
  readonly distance: boolean;
}

/** Reason for an invalid line, used as the name of its counter. */
export type Defect =
  | 'not_json'
  | 'not_a_sample'
  | 'no_identity'
  | 'wrong_hour'
  | 'bad_range'
  | 'bad_figures'
  | 'bad_segments';

/** Decodes the lines of one UTC hour. */
export class SampleDecoder {
  readonly #begin: string;
  readonly #classify: Classify;
  readonly #strings: StringPool;

  constructor({ dt, hour }: UtcHour, classify: Classify, strings: StringPool) {
    this.#begin = `${dt}T${hour}:`;
    this.#classify = classify;
    this.#strings = strings;
  }

  /** Accepts any parsed JSON value. */
  decode(line: unknown): SamplePart | Defect {
    if (!isRecord(line) || line.activity_type !== 'sample') return 'not_a_sample';
    const { user_id: userId, device_id: deviceId, seq, ts, utc_offset_min: utcOffsetMin } = line;
    if (!isName(userId) || !isName(deviceId) || !isCount(seq) || seq === 0) return 'no_identity';
    if (typeof ts !== 'string' || !ts.startsWith(this.#begin) || !MINUTE_FORM.test(ts)) return 'wrong_hour';
    if (!isOffset(utcOffsetMin)) return 'wrong_hour';
    const { from_s: fromS, to_s: toS, distraction_s: distractionS, idle_at_start_s: idleAtStartS } = line;
    if (!isCount(fromS) || !isCount(toS) || toS <= fromS || toS > SECONDS_A_MINUTE) return 'bad_range';
    if (!isCountOrNull(distractionS) || !isCountOrNull(idleAtStartS)) return 'bad_figures';

    const length = toS - fromS;
    const keys = figures(line.keys, length);
    const clicks = figures(line.clicks, length);
    const scrolls = figures(line.scrolls, length);
    const distance = figures(line.distance_px, length);
    if (keys === undefined || clicks === undefined || scrolls === undefined || distance === undefined) {
      return 'bad_figures';
    }
    const perSecond = { keys, clicks, scrolls, distance };
    const segments = this.#segments(line.segments, fromS, toS, perSecond);
    if (segments === undefined) return 'bad_segments';
    const active = activeSeconds(fromS, length, perSecond);
    return {
      userId: this.#strings.intern(userId),
      deviceId: this.#strings.intern(deviceId),
      seq,
      minute: this.#strings.intern(ts.slice(0, 16)),
      utcOffsetMin,
      fromS,
      toS,
      segments,
      captured: capturedOf(keys !== null, clicks !== null, scrolls !== null, distance !== null),
      input: active.input,
      moving: active.moving,
      distractionS,
      idleAtStartS,
    };
  }

  /** Undefined if the segments do not cover the range without gap or overlap. */
  #segments(
    value: unknown,
    fromS: number,
    toS: number,
    perSecond: PerSecond,
  ): readonly PartSegment[] | undefined {
    if (!Array.isArray(value)) return undefined;
    const segments: PartSegment[] = [];
    let second = fromS;
    for (const entry of value as unknown[]) {
      if (!isRecord(entry)) return undefined;
      const { app, site, title, from_s: from, to_s: to } = entry;
      if (from !== second || !isCount(to) || to <= second || to > toS) return undefined;
      if (!isLabel(app) || !isLabel(site) || !isLabel(title)) return undefined;
      const start = second - fromS;
      const end = to - fromS;
      segments.push({
        app: app === null ? null : this.#strings.intern(app),
        site: site === null ? null : this.#strings.intern(site),
        listed: this.#classify(app, site, title),
        fromS: second,
        toS: to,
        keys: sum(perSecond.keys, start, end),
        clicks: sum(perSecond.clicks, start, end),
        scrolls: sum(perSecond.scrolls, start, end),
        distancePx: sum(perSecond.distance, start, end),
      });
      second = to;
    }
    return second === toS ? segments : undefined;
  }
}

type Figures = readonly number[] | null;

interface PerSecond {
  readonly keys: Figures;
  readonly clicks: Figures;
  readonly scrolls: Figures;
  readonly distance: Figures;
}

/** One object per combination: a fleet has a few combinations and millions of parts. */
const NOTHING_CAPTURED: Captured = { keys: false, clicks: false, scrolls: false, distance: false };
const CAPTURED: readonly Captured[] = Array.from({ length: 16 }, (_, bits) => ({
  keys: (bits & 1) !== 0,
  clicks: (bits & 2) !== 0,
  scrolls: (bits & 4) !== 0,
  distance: (bits & 8) !== 0,
}));

export function capturedOf(keys: boolean, clicks: boolean, scrolls: boolean, distance: boolean): Captured {
  const bits = Number(keys) | (Number(clicks) << 1) | (Number(scrolls) << 2) | (Number(distance) << 3);
  return CAPTURED[bits] ?? NOTHING_CAPTURED;
}

/** The array; null if not captured; undefined if it is not one value per second. */
function figures(value: unknown, length: number): Figures | undefined {
  if (value === null) return null;
  if (!Array.isArray(value) || value.length !== length) return undefined;
  for (const figure of value) if (!isCount(figure) || figure > MAX_FIGURE) return undefined;
  return value;
}

function activeSeconds(
  fromS: number,
  length: number,
  { keys, clicks, scrolls, distance }: PerSecond,
): { readonly input: SecondSet; readonly moving: SecondSet } {
  let inputLow = 0;
  let inputHigh = 0;
  let movingLow = 0;
  let movingHigh = 0;
  for (let i = 0; i < length; i += 1) {
    const moved = at(distance, i) > 0;
    if (!moved && at(keys, i) + at(clicks, i) + at(scrolls, i) === 0) continue;
    inputLow |= lowBit(fromS + i);
    inputHigh |= highBit(fromS + i);
    if (!moved) continue;
    movingLow |= lowBit(fromS + i);
    movingHigh |= highBit(fromS + i);
  }
  return { input: { low: inputLow, high: inputHigh }, moving: { low: movingLow, high: movingHigh } };
}

function sum(values: Figures, start: number, end: number): number {
  if (values === null) return 0;
  let total = 0;
  for (let i = start; i < end; i += 1) total += values[i] ?? 0;
  return total;
}

const at = (values: Figures, i: number): number => (values === null ? 0 : (values[i] ?? 0));

const MINUTE_FORM = /^\d{4}-\d\d-\d\dT\d\d:[0-5]\d:/;
/**
 * The limit of the schema. Sums stay exact integers, so one device cannot corrupt the hour of others.
 */
const MAX_FIGURE = 2 ** 31 - 1;
export const MAX_OFFSET_MIN = 14 * 60;

const isName = (value: unknown): value is string => typeof value === 'string' && value !== '';
const isLabel = (value: unknown): value is string | null => value === null || typeof value === 'string';
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const isCountOrNull = (value: unknown): value is number | null => value === null || isCount(value);
const isOffset = (value: unknown): value is number =>
  Number.isSafeInteger(value) && Math.abs(value as number) <= MAX_OFFSET_MIN;
