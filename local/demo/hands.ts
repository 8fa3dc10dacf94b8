/**
 * What two hands do in one second, as a small Markov chain per person and window.
 *
 * Calibrated on the people of the Balabit Mouse Dynamics Challenge (Fülöp et al., 2016), who do administrative work:
 * in the median minute they move the mouse in 22 seconds and click 5 times, in the 95th percentile in 52 seconds and
 * 27 times; they move it for 7.5 s in the mean and rest it for 2 s in the median; a moving second has 140 px in the
 * median and 1150 px in the 95th percentile. Typing follows 40 to 70 words a minute in bursts of some seconds.
 */
import type { Random } from './random.ts';

/** Chances per second, unless it says otherwise. */
interface Habit {
  readonly typeStart: number;
  readonly typeStop: number;
  readonly moveStart: number;
  readonly moveStop: number;
  /** In a second in which the mouse moves. */
  readonly click: number;
  readonly scroll: number;
}

const habit = (
  [typeStart, typeStop]: readonly [number, number],
  [moveStart, moveStop]: readonly [number, number],
  click: number,
  scroll: number,
): Habit => ({ typeStart, typeStop, moveStart, moveStop, click, scroll });

const HABITS = {
  coding: habit([0.05, 0.13], [0.05, 0.28], 0.22, 0.03),
  writing: habit([0.045, 0.12], [0.07, 0.2], 0.22, 0.04),
  forms: habit([0.045, 0.26], [0.13, 0.16], 0.3, 0.04),
  drawing: habit([0.015, 0.5], [0.22, 0.1], 0.3, 0.05),
  reading: habit([0.005, 0.35], [0.08, 0.2], 0.08, 0.05),
  scrolling: habit([0.003, 0.4], [0.08, 0.25], 0.06, 0.14),
  listening: habit([0.004, 0.15], [0.015, 0.3], 0.12, 0.004),
  watching: habit([0.001, 0.5], [0.006, 0.4], 0.15, 0.003),
} as const satisfies Record<string, Habit>;
export type Hands = keyof typeof HABITS;

const KEYS_A_TYPING_SECOND = [1, 2, 3, 3, 4, 5, 6, 8, 11];
const SCROLL_STEPS = [1, 1, 2, 3, 4, 6, 12];
const PX_A_MOVING_SECOND = [1, 3, 7, 18, 37, 68, 100, 140, 190, 270, 370, 520, 750, 1150, 2600];

/** Thoughts wander off and come back: after 110 s and 50 s in the mean of the average person. */
const DRIFT = { start: 1 / 110, stop: 1 / 50, remaining: 0.04 } as const;

/** Input of one second. */
export interface SecondOfInput {
  readonly keys: number;
  readonly clicks: number;
  readonly scrolls: number;
  readonly distancePx: number;
}

export const STILL: SecondOfInput = { keys: 0, clicks: 0, scrolls: 0, distancePx: 0 };

export interface Temperament {
  /** 1 is the average: how fast they type and move. */
  readonly tempo: number;
  /** 1 is the average: how often their thoughts, and then their windows, go elsewhere. */
  readonly distractibility: number;
}

interface HandState {
  readonly typing: boolean;
  readonly moving: boolean;
  readonly drifting: boolean;
}

const RESTING: HandState = { typing: false, moving: false, drifting: false };

/** One person's hands during one day. */
export class PairOfHands {
  private state: HandState = RESTING;

  constructor(
    private readonly random: Random,
    private readonly person: Temperament,
  ) {}

  /** Hands leave the table: nothing carries over to when they are back. */
  rest(): void {
    this.state = RESTING;
  }

  second(hands: Hands): SecondOfInput {
    const { random } = this;
    const chances = HABITS[hands];
    const drifting = random.chance(
      this.state.drifting ? 1 - DRIFT.stop : DRIFT.start * this.person.distractibility,
    );
    const urge = this.person.tempo * (drifting ? DRIFT.remaining : 1);
    const typing = random.chance(this.state.typing ? 1 - chances.typeStop : chances.typeStart * urge);
    // One hand leaves the keyboard for the mouse: both in one second is rare.
    const reach = chances.moveStart * urge * (typing ? 0.15 : 1);
    const moving = random.chance(this.state.moving ? 1 - chances.moveStop : reach);
    const scrolling = !typing && random.chance(chances.scroll * urge);
    this.state = { drifting, typing, moving };
    if (!typing && !moving && !scrolling) return STILL;
    return {
      keys: typing ? random.quantile(KEYS_A_TYPING_SECOND) : 0,
      clicks: moving && random.chance(chances.click) ? 1 + Number(random.chance(0.15)) : 0,
      scrolls: scrolling ? random.quantile(SCROLL_STEPS) : 0,
      distancePx: moving ? random.quantile(PX_A_MOVING_SECOND) : 0,
    };
  }
}

/** A device that pushes the mouse one pixel to and fro: nothing else ever happens. */
export const jiggle = (second: number, everyS: number): SecondOfInput =>
  second % everyS === 0 ? { ...STILL, distancePx: 2 } : STILL;
