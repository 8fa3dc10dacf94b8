/**
 * Single input events until they are sent, for `detail: 'events'`.
 * Moves are told once an interval and scrolls once a tenth of a second and direction; none of their path or notches is
 * lost by that: what is held back is told with the next.
 */
import { ago, Counter, type Instant, Path, type Pointer, type Step } from './figures.ts';
import type { MomentBody, MomentMessage, MouseButton, ScrollDirection } from './input-message.ts';

const SCROLL_MS = 100;
/** libuiohook numbers buttons from 1. */
const BUTTONS: readonly MouseButton[] = ['other', 'left', 'right', 'middle'];

export class MomentLog {
  readonly #mouseMoveIntervalMs: number;
  readonly #pointer: Pointer;
  #moments: { readonly at: Instant; readonly body: MomentBody }[] = [];

  readonly #path = new Path();
  /** When a move was last told, and when the pointer last moved. */
  #toldAt: Instant | null = null;
  #movedAt: Instant | null = null;

  readonly #notches = new Counter();
  #scrollAt: Instant | null = null;
  #direction: ScrollDirection = 'up';

  constructor(mouseMoveIntervalMs: number, pointer: Pointer) {
    this.#mouseMoveIntervalMs = mouseMoveIntervalMs;
    this.#pointer = pointer;
  }

  add(at: Instant, body: MomentBody): void {
    this.#moments.push({ at, body });
  }

  click(at: Instant, button: unknown, action: 'press' | 'release'): void {
    const name = typeof button === 'number' ? (BUTTONS[button] ?? 'other') : 'other';
    const { x, y } = this.#pointer;
    this.add(at, { activity_type: 'mouse_click', button: name, action, x, y });
  }

  move(at: Instant, step: Step): void {
    this.#path.add(step);
    this.#toldAt ??= at;
    this.#movedAt = at;
    this.#tellMove(at);
  }

  scroll(at: Instant, direction: ScrollDirection): void {
    if (this.#scrollAt !== null && (direction !== this.#direction || at - this.#scrollAt >= SCROLL_MS)) {
      this.#tellScroll();
    }
    this.#scrollAt ??= at;
    this.#direction = direction;
    this.#notches.increment();
  }

  /** Whether a part of the pointer's path waits for its interval. */
  get holdsBack(): boolean {
    return !this.#path.isShort;
  }

  /** What is to be sent now, in the order in which it happened; `all` also gives what waits for its interval. */
  take(at: Instant, all: boolean): readonly MomentMessage[] {
    this.#tellScroll();
    this.#tellMove(at, all);
    const moments = this.#moments.sort((one, other) => one.at - other.at);
    this.#moments = [];
    return moments.map(({ at: began, body }) => ({ agoMs: ago(began, at), body }));
  }

  #tellMove(at: Instant, early = false): void {
    if (this.#movedAt === null || this.#toldAt === null || this.#path.isShort) return;
    if (!early && at - this.#toldAt < this.#mouseMoveIntervalMs) return;
    this.#toldAt = at;
    const { x, y } = this.#pointer;
    this.add(this.#movedAt, { activity_type: 'mouse_move', x, y, distance_px: this.#path.take() });
  }

  #tellScroll(): void {
    if (this.#scrollAt === null) return;
    const body = { direction: this.#direction, amount: this.#notches.take() };
    this.add(this.#scrollAt, { activity_type: 'mouse_scroll', ...body });
    this.#scrollAt = null;
  }
}
