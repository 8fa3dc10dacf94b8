/**
 * Keyboard and mouse input per second: a small Markov chain per person and window.
 *
 * Calibrated on the Balabit Mouse Dynamics Challenge (Fülöp et al., 2016), in which people did administrative
 * work. Per minute, the mouse moves in 22 seconds (median; 95th percentile: 52) with 5 clicks (27). A movement
 * lasts 7.5 s (mean), a pause 2 s (median). A second with movement has 140 px (median; 95th percentile:
 * 1150). Typing is 40 to 70 words a minute, in bursts of a few seconds.
 */
import type { Random } from './random.ts';

/** Probabilities per second. */
interface InputRates {
  readonly typeStart: number;
  readonly typeStop: number;
  readonly moveStart: number;
  readonly moveStop: number;
  /** Only in seconds with mouse movement. */
  readonly click: number;
  readonly scroll: number;
}

const rates = (
  [typeStart, typeStop]: readonly [number, number],
  [moveStart, moveStop]: readonly [number, number],
  click: number,
  scroll: number,
): InputRates => ({ typeStart, typeStop, moveStart, moveStop, click, scroll });

const STYLES = {
  coding: rates([0.05, 0.13], [0.05, 0.28], 0.22, 0.03),
  writing: rates([0.045, 0.12], [0.07, 0.2], 0.22, 0.04),
  forms: rates([0.045, 0.26], [0.13, 0.16], 0.3, 0.04),
  drawing: rates([0.015, 0.5], [0.22, 0.1], 0.3, 0.05),
  reading: rates([0.005, 0.35], [0.08, 0.2], 0.08, 0.05),
  scrolling: rates([0.003, 0.4], [0.08, 0.25], 0.06, 0.14),
  listening: rates([0.004, 0.15], [0.015, 0.3], 0.12, 0.004),
  watching: rates([0.001, 0.5], [0.006, 0.4], 0.15, 0.003),
} as const satisfies Record<string, InputRates>;
/** How a window is used. */
export type InputStyle = keyof typeof STYLES;

const KEYS_PER_TYPING_SECOND = [1, 2, 3, 3, 4, 5, 6, 8, 11];
const SCROLL_STEPS = [1, 1, 2, 3, 4, 6, 12];
const PX_PER_MOVING_SECOND = [1, 3, 7, 18, 37, 68, 100, 140, 190, 270, 370, 520, 750, 1150, 2600];

/** Lapses of attention: on average every 110 s, for 50 s. `remaining` is the input left during one. */
const LAPSE = { start: 1 / 110, stop: 1 / 50, remaining: 0.04 } as const;

/** Input of one second. */
export interface InputSecond {
  readonly keys: number;
  readonly clicks: number;
  readonly scrolls: number;
  readonly distancePx: number;
}

export const NO_INPUT: InputSecond = { keys: 0, clicks: 0, scrolls: 0, distancePx: 0 };

/** Factors of one person. 1 is the average. */
export interface PersonalFactors {
  /** Speed of typing and movement. */
  readonly tempo: number;
  /** Frequency of lapses of attention and of distracting windows. */
  readonly distractibility: number;
}

interface InputState {
  readonly typing: boolean;
  readonly moving: boolean;
  readonly inLapse: boolean;
}

const IDLE: InputState = { typing: false, moving: false, inLapse: false };

/** Input of one person on one day. */
export class InputModel {
  private state: InputState = IDLE;

  constructor(
    private readonly random: Random,
    private readonly person: PersonalFactors,
  ) {}

  /** Ends typing and movement, before an absence. */
  reset(): void {
    this.state = IDLE;
  }

  next(style: InputStyle): InputSecond {
    const { random } = this;
    const chances = STYLES[style];
    const inLapse = random.chance(
      this.state.inLapse ? 1 - LAPSE.stop : LAPSE.start * this.person.distractibility,
    );
    const factor = this.person.tempo * (inLapse ? LAPSE.remaining : 1);
    const typing = random.chance(this.state.typing ? 1 - chances.typeStop : chances.typeStart * factor);
    // Typing and movement in the same second are rare.
    const moveStart = chances.moveStart * factor * (typing ? 0.15 : 1);
    const moving = random.chance(this.state.moving ? 1 - chances.moveStop : moveStart);
    const scrolling = !typing && random.chance(chances.scroll * factor);
    this.state = { inLapse, typing, moving };
    if (!typing && !moving && !scrolling) return NO_INPUT;
    return {
      keys: typing ? random.quantile(KEYS_PER_TYPING_SECOND) : 0,
      clicks: moving && random.chance(chances.click) ? 1 + Number(random.chance(0.15)) : 0,
      scrolls: scrolling ? random.quantile(SCROLL_STEPS) : 0,
      distancePx: moving ? random.quantile(PX_PER_MOVING_SECOND) : 0,
    };
  }
}

/** A mouse jiggler: moves the pointer by one pixel and back. */
export const jigglerInput = (second: number, everyS: number): InputSecond =>
  second % everyS === 0 ? { ...NO_INPUT, distancePx: 2 } : NO_INPUT;
