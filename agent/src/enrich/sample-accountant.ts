/**
 * Accounts for every observed second: the front window and the input, as one sample per UTC minute.
 *
 * Invariants:
 *  1. Samples cover exactly the whole seconds from begin() to end(): each second is in one sample and one
 *     segment.
 *  2. Added input is in exactly one sample, unless less than a whole second is left for it.
 *  3. A second belongs to the window that was in front for its longest part; if equal, to the earlier one.
 *  4. Nothing is carried over a gap: after end() there is no idle time and no input.
 *
 * Times are UTC ms. A partial second at the end is not observed; its input counts for the second before.
 */
import type { ActivityBody, Segment } from '@kinetrack/schema';
import { NO_WINDOW, sameWindow, type WindowView } from './window-view.ts';

/** Input arrives up to 600 ms late, so a minute is closed this long after its end. */
export const LATE_INPUT_MS = 1000;
const MS = 1000;
const SECONDS_A_MINUTE = 60;

export interface InputFigures {
  readonly keys: number;
  readonly clicks: number;
  readonly scrolls: number;
  readonly distancePx: number;
}

export type EmitSample = (startMs: number, body: ActivityBody<'sample'>) => void;

export interface OpenSample {
  /** UTC ms of its first second. */
  readonly startMs: number;
  readonly body: ActivityBody<'sample'>;
}

export class SampleAccountant {
  readonly #emit: EmitSample;
  #minutes = new Map<number, MinuteFigures>();
  /** First second (since 1970) not covered by a sample; null while nothing is observed. */
  #fromSecond: number | null = null;
  #isInputCaptured: boolean = false;
  #idleBeforeFromS = 0;
  #window = NO_WINDOW;
  /** Time up to which seconds are assigned to windows. */
  #windowSinceMs = 0;
  #sharedSecond = -1;
  /** Time in front per window in that second, in order of appearance. */
  #shares: { readonly view: WindowView; ms: number }[] = [];
  #largestShareMs = 0;

  constructor(emit: EmitSample) {
    this.#emit = emit;
  }

  begin(atMs: number, isInputCaptured: boolean): void {
    this.#fromSecond = Math.floor(atMs / MS);
    this.#windowSinceMs = atMs;
    this.#isInputCaptured = isInputCaptured;
    this.#idleBeforeFromS = 0;
  }

  setWindow(atMs: number, view: WindowView): void {
    this.#assignSecondsUntil(atMs);
    this.#window = view;
  }

  addInput(atMs: number, figures: InputFigures): void {
    if (this.#fromSecond === null) return;
    this.#add(Math.max(Math.floor(atMs / MS), this.#fromSecond), figures);
  }

  /** Starts a new sample, so that input is known for all or none of its seconds. */
  setInputCaptured(atMs: number, isInputCaptured: boolean): void {
    if (isInputCaptured === this.#isInputCaptured) return;
    // The new sample has no input, so input captured in its first second moves to the second before.
    if (!isInputCaptured) this.#moveInputInto(Math.floor(atMs / MS) - 1);
    this.cut(atMs);
    this.#isInputCaptured = isInputCaptured;
    this.#idleBeforeFromS = 0;
  }

  /** Closes the open sample at this second and starts another. */
  cut(atMs: number): void {
    this.#assignSecondsUntil(atMs);
    this.#closeUntil(Math.floor(atMs / MS));
  }

  /** Closes the minutes that late input can no longer change. */
  advance(nowMs: number): void {
    const horizonMs = nowMs - LATE_INPUT_MS;
    this.#assignSecondsUntil(horizonMs);
    const minute = Math.floor(horizonMs / (SECONDS_A_MINUTE * MS));
    this.#closeUntil(minute * SECONDS_A_MINUTE);
  }

  end(atMs: number): void {
    const toSecond = Math.floor(atMs / MS);
    this.#assignSecondsUntil(atMs);
    this.#moveInputInto(toSecond - 1);
    this.#closeUntil(toSecond);
    this.#fromSecond = null;
    this.#minutes.clear();
    this.#sharedSecond = -1;
  }

  /**
   * The sample that end() would emit now, after an advance() to the same time; null within the
   * first second. Changes nothing, so late input still counts.
   */
  openSample(nowMs: number): OpenSample | null {
    let open: OpenSample | null = null;
    const copy = new SampleAccountant((startMs, body) => {
      open = { startMs, body };
    });
    copy.#continue(this);
    copy.end(nowMs);
    return open;
  }

  #continue(other: SampleAccountant): void {
    this.#fromSecond = other.#fromSecond;
    this.#isInputCaptured = other.#isInputCaptured;
    this.#idleBeforeFromS = other.#idleBeforeFromS;
    this.#window = other.#window;
    this.#windowSinceMs = other.#windowSinceMs;
    this.#sharedSecond = other.#sharedSecond;
    this.#shares = other.#shares.map((share) => ({ ...share }));
    this.#largestShareMs = other.#largestShareMs;
    this.#minutes = new Map([...other.#minutes].map(([minute, figures]) => [minute, figures.copy()]));
  }

  #add(second: number, figures: InputFigures): void {
    this.#minute(second).add(second % SECONDS_A_MINUTE, figures);
  }

  #minute(second: number): MinuteFigures {
    const minute = Math.floor(second / SECONDS_A_MINUTE);
    let figures = this.#minutes.get(minute);
    if (figures === undefined) {
      figures = new MinuteFigures();
      this.#minutes.set(minute, figures);
    }
    return figures;
  }

  /** Moves the input of later seconds into this one, if it is still open. */
  #moveInputInto(second: number): void {
    if (this.#fromSecond === null || second < this.#fromSecond) return;
    const minute = Math.floor((second + 1) / SECONDS_A_MINUTE);
    for (const [key, figures] of this.#minutes) {
      if (key >= minute)
        this.#add(second, figures.takeFrom(key === minute ? (second + 1) % SECONDS_A_MINUTE : 0));
    }
  }

  #assignSecondsUntil(untilMs: number): void {
    if (this.#fromSecond === null) return;
    let fromMs = this.#windowSinceMs;
    while (fromMs < untilMs) {
      const second = Math.floor(fromMs / MS);
      const toMs = Math.min((second + 1) * MS, untilMs);
      this.#share(second, toMs - fromMs);
      fromMs = toMs;
    }
    this.#windowSinceMs = fromMs;
  }

  #share(second: number, ms: number): void {
    if (second !== this.#sharedSecond) {
      this.#sharedSecond = second;
      this.#shares = [];
      this.#largestShareMs = 0;
    }
    let share = this.#shares.find(({ view }) => sameWindow(view, this.#window));
    if (share === undefined) {
      share = { view: this.#window, ms: 0 };
      this.#shares.push(share);
    }
    share.ms += ms;
    if (share.ms <= this.#largestShareMs) return;
    this.#largestShareMs = share.ms;
    this.#minute(second).setWindow(second % SECONDS_A_MINUTE, this.#window);
  }

  #closeUntil(toSecond: number): void {
    while (this.#fromSecond !== null && this.#fromSecond < toSecond) {
      const minute = Math.floor(this.#fromSecond / SECONDS_A_MINUTE);
      const minuteStart = minute * SECONDS_A_MINUTE;
      const from_s = this.#fromSecond - minuteStart;
      const to_s = Math.min(toSecond - minuteStart, SECONDS_A_MINUTE);
      this.#close(this.#fromSecond, from_s, to_s);
      this.#fromSecond = minuteStart + to_s;
      if (to_s === SECONDS_A_MINUTE) this.#minutes.delete(minute);
    }
  }

  #close(fromSecond: number, from_s: number, to_s: number): void {
    const minute = this.#minute(fromSecond);
    const idle_at_start_s = this.#isInputCaptured ? this.#idleBeforeFromS : null;
    const idle = minute.idleBefore(to_s, from_s);
    this.#idleBeforeFromS = idle === to_s - from_s ? this.#idleBeforeFromS + idle : idle;
    const figures = this.#isInputCaptured
      ? minute.figures(from_s, to_s)
      : { keys: null, clicks: null, scrolls: null, distance_px: null };
    this.#emit(fromSecond * MS, {
      activity_type: 'sample',
      from_s,
      to_s,
      ...figures,
      segments: minute.segments(from_s, to_s),
      // Not evaluated yet: null, not zero.
      distraction_s: null,
      idle_at_start_s,
      flags: [],
    });
  }
}

const zeros = (): number[] => new Array<number>(SECONDS_A_MINUTE).fill(0);

/** The input and windows of one UTC minute, second by second. */
class MinuteFigures {
  #keys = zeros();
  #clicks = zeros();
  #scrolls = zeros();
  #distance = zeros();
  #windows = new Array<WindowView>(SECONDS_A_MINUTE).fill(NO_WINDOW);

  copy(): MinuteFigures {
    const copy = new MinuteFigures();
    copy.#keys = [...this.#keys];
    copy.#clicks = [...this.#clicks];
    copy.#scrolls = [...this.#scrolls];
    copy.#distance = [...this.#distance];
    copy.#windows = [...this.#windows];
    return copy;
  }

  add(second: number, { keys, clicks, scrolls, distancePx }: InputFigures): void {
    this.#keys[second] = (this.#keys[second] ?? 0) + keys;
    this.#clicks[second] = (this.#clicks[second] ?? 0) + clicks;
    this.#scrolls[second] = (this.#scrolls[second] ?? 0) + scrolls;
    this.#distance[second] = (this.#distance[second] ?? 0) + distancePx;
  }

  /** Removes and returns the input from this second on. */
  takeFrom(second: number): InputFigures {
    const take = (figures: number[]): number => {
      const sum = figures.slice(second).reduce((total, figure) => total + figure, 0);
      figures.fill(0, second);
      return sum;
    };
    return {
      keys: take(this.#keys),
      clicks: take(this.#clicks),
      scrolls: take(this.#scrolls),
      distancePx: take(this.#distance),
    };
  }

  setWindow(second: number, view: WindowView): void {
    this.#windows[second] = view;
  }

  figures(fromS: number, toS: number) {
    return {
      keys: this.#keys.slice(fromS, toS),
      clicks: this.#clicks.slice(fromS, toS),
      scrolls: this.#scrolls.slice(fromS, toS),
      distance_px: this.#distance.slice(fromS, toS),
    };
  }

  /** One segment for adjacent seconds of one window. */
  segments(fromS: number, toS: number): Segment[] {
    const segments: Segment[] = [];
    let from = fromS;
    for (let second = fromS + 1; second <= toS; second += 1) {
      const { app, site, title } = this.#window(from);
      if (second < toS && sameWindow(this.#window(from), this.#window(second))) continue;
      segments.push({ app, site, title, from_s: from, to_s: second });
      from = second;
    }
    return segments;
  }

  /** Seconds without input directly before `toS`, back to `fromS` at most. */
  idleBefore(toS: number, fromS: number): number {
    let second = toS;
    while (second > fromS && !this.#hasInput(second - 1)) second -= 1;
    return toS - second;
  }

  #window(second: number): WindowView {
    return this.#windows[second] ?? NO_WINDOW;
  }

  #hasInput(second: number): boolean {
    return [this.#keys, this.#clicks, this.#scrolls, this.#distance].some(
      (figures) => (figures[second] ?? 0) > 0,
    );
  }
}
