/**
 * Accounts for every observed second: who was in front, and how much input it saw; one sample a UTC minute.
 *
 * Invariants:
 *  1. Samples cover exactly the whole seconds from begin() to end(): each second is in one sample and one segment.
 *  2. Input that was added is in exactly one sample, unless less than a whole second is left for it.
 *  3. A second belongs to the window that was in front for the longest part of it, the earlier one when equal.
 *  4. Nothing is carried over a gap: after end() there is no idle time and no input.
 *
 * Times are UTC ms. A part of a second at the end is not observed; its input counts for the second before.
 */
import type { ActivityBody } from '@kinetrack/schema';
import { type InputFigures, MinuteLedger, SECONDS_A_MINUTE } from './minute-ledger.ts';
import { NO_WINDOW, sameWindow, type WindowView } from './window-view.ts';

/** Input is reported up to 600 ms after it happened: a minute is closed this long after its end. */
export const LATE_INPUT_MS = 1000;
const MS = 1000;

export type EmitSample = (startMs: number, body: ActivityBody<'sample'>) => void;

export interface OpenSample {
  /** UTC ms of its first second. */
  readonly startMs: number;
  readonly body: ActivityBody<'sample'>;
}

export class SampleAccountant {
  readonly #emit: EmitSample;
  #ledgers = new Map<number, MinuteLedger>();
  /** First second (since 1970) that no sample covers yet; null while nothing is observed. */
  #fromSecond: number | null = null;
  #isInputCaptured: boolean = false;
  #idleBeforeFromS = 0;
  #window = NO_WINDOW;
  /** Up to where the window's seconds are given. */
  #windowSinceMs = 0;
  #sharedSecond = -1;
  /** How long each window was in front in that second, in the order in which they came. */
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
    this.#giveSecondsUntil(atMs);
    this.#window = view;
  }

  addInput(atMs: number, figures: InputFigures): void {
    if (this.#fromSecond === null) return;
    this.#add(Math.max(Math.floor(atMs / MS), this.#fromSecond), figures);
  }

  /** Begins a new sample, so that one sample either has input or has not. */
  setInputCaptured(atMs: number, isInputCaptured: boolean): void {
    if (isInputCaptured === this.#isInputCaptured) return;
    // The sample that begins has no place for what was already captured in its first second.
    if (!isInputCaptured) this.#foldInto(Math.floor(atMs / MS) - 1);
    this.cut(atMs);
    this.#isInputCaptured = isInputCaptured;
    this.#idleBeforeFromS = 0;
  }

  /** Closes the open sample at this second and goes on with another. */
  cut(atMs: number): void {
    this.#giveSecondsUntil(atMs);
    this.#closeUntil(Math.floor(atMs / MS));
  }

  /** Closes the minutes that nothing late can belong to any more. */
  advance(nowMs: number): void {
    const horizonMs = nowMs - LATE_INPUT_MS;
    this.#giveSecondsUntil(horizonMs);
    const minute = Math.floor(horizonMs / (SECONDS_A_MINUTE * MS));
    this.#closeUntil(minute * SECONDS_A_MINUTE);
  }

  end(atMs: number): void {
    const toSecond = Math.floor(atMs / MS);
    this.#giveSecondsUntil(atMs);
    this.#foldInto(toSecond - 1);
    this.#closeUntil(toSecond);
    this.#fromSecond = null;
    this.#ledgers.clear();
    this.#sharedSecond = -1;
  }

  /**
   * The sample that end() would tell at this moment, after an advance() to it; null within the first second.
   * Nothing changes: what comes late goes where it would have gone.
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
    this.#ledgers = new Map([...other.#ledgers].map(([minute, ledger]) => [minute, ledger.copy()]));
  }

  #add(second: number, figures: InputFigures): void {
    this.#ledger(second).add(second % SECONDS_A_MINUTE, figures);
  }

  #ledger(second: number): MinuteLedger {
    const minute = Math.floor(second / SECONDS_A_MINUTE);
    let ledger = this.#ledgers.get(minute);
    if (ledger === undefined) {
      ledger = new MinuteLedger();
      this.#ledgers.set(minute, ledger);
    }
    return ledger;
  }

  /** Moves the input of later seconds into this one, where it is still open. */
  #foldInto(second: number): void {
    if (this.#fromSecond === null || second < this.#fromSecond) return;
    const minute = Math.floor((second + 1) / SECONDS_A_MINUTE);
    for (const [key, ledger] of this.#ledgers) {
      if (key >= minute)
        this.#add(second, ledger.takeFrom(key === minute ? (second + 1) % SECONDS_A_MINUTE : 0));
    }
  }

  #giveSecondsUntil(untilMs: number): void {
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
    this.#ledger(second).giveSecond(second % SECONDS_A_MINUTE, this.#window);
  }

  #closeUntil(toSecond: number): void {
    while (this.#fromSecond !== null && this.#fromSecond < toSecond) {
      const minute = Math.floor(this.#fromSecond / SECONDS_A_MINUTE);
      const minuteStart = minute * SECONDS_A_MINUTE;
      const from_s = this.#fromSecond - minuteStart;
      const to_s = Math.min(toSecond - minuteStart, SECONDS_A_MINUTE);
      this.#close(this.#fromSecond, from_s, to_s);
      this.#fromSecond = minuteStart + to_s;
      if (to_s === SECONDS_A_MINUTE) this.#ledgers.delete(minute);
    }
  }

  #close(fromSecond: number, from_s: number, to_s: number): void {
    const ledger = this.#ledger(fromSecond);
    const idle_at_start_s = this.#isInputCaptured ? this.#idleBeforeFromS : null;
    const idle = ledger.idleBefore(to_s, from_s);
    this.#idleBeforeFromS = idle === to_s - from_s ? this.#idleBeforeFromS + idle : idle;
    const figures = this.#isInputCaptured
      ? ledger.figures(from_s, to_s)
      : { keys: null, clicks: null, scrolls: null, distance_px: null };
    this.#emit(fromSecond * MS, {
      activity_type: 'sample',
      from_s,
      to_s,
      ...figures,
      segments: ledger.segments(from_s, to_s),
      // Looked at by nobody yet: null, not zero.
      distraction_s: null,
      idle_at_start_s,
      flags: [],
    });
  }
}
