/** The figures of one UTC minute, second by second. */
import type { Segment } from '@kinetrack/schema';
import { NO_WINDOW, sameWindow, type WindowView } from './window-view.ts';

export const SECONDS_A_MINUTE = 60;

export interface InputFigures {
  readonly keys: number;
  readonly clicks: number;
  readonly scrolls: number;
  readonly distancePx: number;
}

const zeros = (): number[] => new Array<number>(SECONDS_A_MINUTE).fill(0);

export class MinuteLedger {
  #keys = zeros();
  #clicks = zeros();
  #scrolls = zeros();
  #distance = zeros();
  #windows = new Array<WindowView>(SECONDS_A_MINUTE).fill(NO_WINDOW);

  copy(): MinuteLedger {
    const copy = new MinuteLedger();
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

  /** Removes and returns the figures from this second on. */
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

  giveSecond(second: number, view: WindowView): void {
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

  /** Neighbouring seconds of one window as one segment. */
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

  /** Seconds without input right before `toS`, looking back to `fromS`. */
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
