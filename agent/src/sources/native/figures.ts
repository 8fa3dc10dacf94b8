import type { Runtime } from '../../runtime.ts';

/**
 * Numbers that may leave the capture process. Each is branded and made in this file alone, by counting, by measuring
 * a path, by reading the clock, or from a whole mouse event: a key code is a plain number, so the type checker refuses it in a message.
 */
declare const figure: unique symbol;
type Figure<Kind extends string> = number & { readonly [figure]: Kind };

/** How many: made by counting one by one. */
export type Count = Figure<'count'>;
/** A distance on the screen. */
export type Distance = Figure<'distance'>;
/** A position on the screen. */
export type Pixel = Figure<'pixel'>;
/** One move of the pointer, in pixels; may have a fraction. */
export type Step = Figure<'step'>;
/** A reading of the monotonic clock, ms. */
export type Instant = Figure<'instant'>;
/** Time since a moment, ms. */
export type Ago = Figure<'ago'>;

/** Counts up one by one: there is no way to hand it a number. */
export class Counter {
  #count = 0;

  increment(): void {
    this.#count += 1;
  }

  /** Undoes one, down to none. */
  decrement(): void {
    if (this.#count > 0) this.#count -= 1;
  }

  get isZero(): boolean {
    return this.#count === 0;
  }

  /** The count so far; starts again at none. */
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

/** Follows the pointer. */
export class Pointer {
  #x = 0;
  #y = 0;
  #isKnown: boolean = false;

  /** How far it is to where the event is; none for the first, which only says where the pointer stands. */
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

/** Adds up a path; gives whole pixels and keeps the rest for the next, so that the parts add up to the whole. */
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
