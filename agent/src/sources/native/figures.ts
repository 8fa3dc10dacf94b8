import type { Runtime } from '../../runtime.ts';

/**
 * Numbers that may leave the capture process. Each type is branded and created only in this file:
 * by counting, by measuring a path, by reading the clock, or from a mouse event. A key code is a
 * plain number, so the type checker rejects it in a message.
 */
declare const figure: unique symbol;
type Figure<Kind extends string> = number & { readonly [figure]: Kind };

/** A count, created by counting one by one. */
export type Count = Figure<'count'>;
/** Distance on the screen. */
export type Distance = Figure<'distance'>;
/** Position on the screen. */
export type Pixel = Figure<'pixel'>;
/** One move of the pointer in pixels, fractions included. */
export type Step = Figure<'step'>;
/** A reading of the monotonic clock, ms. */
export type Instant = Figure<'instant'>;
/** Elapsed time, ms. */
export type Ago = Figure<'ago'>;

/** Counts one by one: it accepts no number. */
export class Counter {
  #count = 0;

  increment(): void {
    this.#count += 1;
  }

  /** Subtracts one, down to zero. */
  decrement(): void {
    if (this.#count > 0) this.#count -= 1;
  }

  get isZero(): boolean {
    return this.#count === 0;
  }

  /** Returns the count and resets it. */
  take(): Count {
    const count = this.#count as Count;
    this.#count = 0;
    return count;
  }
}

export interface PointerEvent {
  readonly x: number;
  readonly y: number;
}

/** Tracks the pointer position. */
export class Pointer {
  #x = 0;
  #y = 0;
  #isKnown: boolean = false;

  /** Distance to the event's position; zero for the first event, which only sets the position. */
  step({ x, y }: PointerEvent): Step {
    const dx = x - this.#x;
    const dy = y - this.#y;
    const length = this.#isKnown ? Math.sqrt(dx * dx + dy * dy) : 0;
    this.#x = x;
    this.#y = y;
    this.#isKnown = true;
    return length as Step;
  }

  get x(): Pixel {
    return this.#x as Pixel;
  }

  get y(): Pixel {
    return this.#y as Pixel;
  }
}

/** Sums a path. take() returns whole pixels and keeps the rest, so the parts add up to the whole. */
export class Path {
  #length = 0;

  add(step: Step): void {
    this.#length += step;
  }

  get isShort(): boolean {
    return this.#length < 1;
  }

  take(): Distance {
    const whole = Math.floor(this.#length);
    this.#length -= whole;
    return whole as Distance;
  }
}

export const instant = (runtime: Runtime): Instant => runtime.monotonic() as Instant;
export const ago = (since: Instant, now: Instant): Ago => Math.max(0, now - since) as Ago;
