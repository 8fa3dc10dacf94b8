/**
 * Counts input in the capture process, in the callback of the hook.
 *
 * Invariants:
 *  1. A key leaves as its class and as one more in a count, never as a code.
 *  2. With `detail: 'counts'`, no single event is created.
 *  3. Counts span at most INTERVAL_MS. A message is sent at most once per SEND_INTERVAL_MS, and none
 *     without input.
 *  4. Path lengths and scroll amounts of single events add up to those of the counts.
 */
import type { Runtime, Timer } from '../../runtime.ts';
import {
  ago,
  Counter,
  type Instant,
  instant,
  Path,
  Pointer,
  type PointerEvent,
  type Step,
} from './figures.ts';
import type {
  BatchMessage,
  CountsMessage,
  InputChildOptions,
  MomentBody,
  MomentMessage,
  MouseButton,
  ScrollDirection,
} from './input-message.ts';
import { Keyboard, type KeyEvent, WordTracker } from './keyboard.ts';

export interface ButtonEvent extends PointerEvent {
  readonly button: unknown;
}

export interface WheelEvent {
  /** libuiohook: 3 vertical, 4 horizontal. */
  readonly direction: number;
  /** Negative is up or left. */
  readonly rotation: number;
}

export interface InputCounterOptions extends InputChildOptions {
  readonly runtime: Runtime;
  readonly send: (batch: BatchMessage) => void;
}

const INTERVAL_MS = 100;
const SEND_INTERVAL_MS = 500;
const HORIZONTAL = 4;

export class InputCounter {
  readonly #options: InputCounterOptions;
  readonly #keyboard = new Keyboard();
  readonly #word = new WordTracker();
  readonly #pointer = new Pointer();
  /** Null with `detail: 'counts'`. */
  readonly #moments: MomentLog | null;

  readonly #keys = new Counter();
  readonly #clicks = new Counter();
  readonly #scrolls = new Counter();
  readonly #path = new Path();
  /** Start of the open interval; null without one. */
  #intervalStart: Instant | null = null;
  #finished: { readonly at: Instant; readonly figures: Omit<CountsMessage, 'agoMs'> }[] = [];
  #sendTimer: Timer | null = null;

  constructor(options: InputCounterOptions) {
    this.#options = options;
    const { detail, mouseMoveIntervalMs } = options;
    this.#moments = detail === 'events' ? new MomentLog(mouseMoveIntervalMs, this.#pointer) : null;
  }

  keyDown(event: KeyEvent): void {
    const at = instant(this.#options.runtime);
    const keyClass = this.#keyboard.press(event, at);
    if (keyClass === null) return;
    this.#openInterval(at);
    this.#keys.increment();
    if (this.#moments === null) return;
    this.#moments.add(at, { activity_type: 'key_press', key_class: keyClass });
    const word = this.#word.key(keyClass, this.#keyboard.isShortcut(event));
    if (word !== null) this.#moments.add(at, { activity_type: 'word', ...word });
  }

  keyUp(event: KeyEvent): void {
    this.#keyboard.release(event);
  }

  mouseDown(event: ButtonEvent): void {
    const at = this.#follow(event);
    this.#clicks.increment();
    this.#word.reset();
    this.#moments?.click(at, event.button, 'press');
  }

  mouseUp(event: ButtonEvent): void {
    const at = this.#follow(event);
    this.#moments?.click(at, event.button, 'release');
  }

  mouseMove(event: PointerEvent): void {
    this.#follow(event);
  }

  wheel({ direction, rotation }: WheelEvent): void {
    // Precise touchpads report steps below one notch; the hook adds them to a later event.
    if (rotation === 0) return;
    const at = instant(this.#options.runtime);
    this.#openInterval(at);
    this.#scrolls.increment();
    const isBack = rotation < 0;
    if (direction === HORIZONTAL) this.#moments?.scroll(at, isBack ? 'left' : 'right');
    else this.#moments?.scroll(at, isBack ? 'up' : 'down');
  }

  /** Sends everything now, also a path that waits for its interval. */
  flush(): void {
    this.#send(true);
  }

  #follow(event: PointerEvent): Instant {
    const at = instant(this.#options.runtime);
    this.#openInterval(at);
    const step = this.#pointer.step(event);
    this.#path.add(step);
    this.#moments?.move(at, step);
    return at;
  }

  #openInterval(at: Instant): void {
    if (this.#intervalStart !== null) {
      if (at - this.#intervalStart < INTERVAL_MS) return;
      this.#closeInterval();
    }
    this.#intervalStart = at;
    this.#scheduleSend();
  }

  #closeInterval(): void {
    if (this.#intervalStart === null) return;
    const at = this.#intervalStart;
    this.#intervalStart = null;
    const figures = {
      keys: this.#keys.take(),
      clicks: this.#clicks.take(),
      scrolls: this.#scrolls.take(),
      distancePx: this.#path.take(),
    };
    // The first move only sets the pointer position, and a release is not input of its own.
    const isEmpty = figures.keys + figures.clicks + figures.scrolls + figures.distancePx === 0;
    if (!isEmpty) this.#finished.push({ at, figures });
  }

  #scheduleSend(): void {
    this.#sendTimer ??= this.#options.runtime.after(SEND_INTERVAL_MS, () => this.#send(false));
  }

  #send(all: boolean): void {
    this.#sendTimer?.cancel();
    this.#sendTimer = null;
    const now = instant(this.#options.runtime);
    this.#closeInterval();
    const counts = this.#finished.map(({ at, figures }) => ({ agoMs: ago(at, now), ...figures }));
    this.#finished = [];
    const moments = this.#moments?.take(now, all) ?? [];
    if (this.#moments?.holdsBack) this.#scheduleSend();
    if (counts.length > 0 || moments.length > 0) this.#options.send({ kind: 'batch', counts, moments });
  }
}

const SCROLL_MS = 100;
/** libuiohook numbers buttons from 1. */
const BUTTONS: readonly MouseButton[] = ['other', 'left', 'right', 'middle'];

/**
 * Unsent single input events, for `detail: 'events'`.
 *
 * A move is sent at most once per interval, a scroll at most once per 100 ms and direction. No path
 * or notch is lost: the rest is part of the next event.
 */
class MomentLog {
  readonly #mouseMoveIntervalMs: number;
  readonly #pointer: Pointer;
  #moments: { readonly at: Instant; readonly body: MomentBody }[] = [];

  readonly #path = new Path();
  /** Time of the last emitted move, and of the last move of the pointer. */
  #emittedAt: Instant | null = null;
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
    this.#emittedAt ??= at;
    this.#movedAt = at;
    this.#emitMove(at);
  }

  scroll(at: Instant, direction: ScrollDirection): void {
    if (this.#scrollAt !== null && (direction !== this.#direction || at - this.#scrollAt >= SCROLL_MS)) {
      this.#emitScroll();
    }
    this.#scrollAt ??= at;
    this.#direction = direction;
    this.#notches.increment();
  }

  /** Whether a part of the path waits for its interval. */
  get holdsBack(): boolean {
    return !this.#path.isShort;
  }

  /** Returns the events to send, in order; `all` includes a path that waits for its interval. */
  take(at: Instant, all: boolean): readonly MomentMessage[] {
    this.#emitScroll();
    this.#emitMove(at, all);
    const moments = this.#moments.sort((one, other) => one.at - other.at);
    this.#moments = [];
    return moments.map(({ at: began, body }) => ({ agoMs: ago(began, at), body }));
  }

  #emitMove(at: Instant, early = false): void {
    if (this.#movedAt === null || this.#emittedAt === null || this.#path.isShort) return;
    if (!early && at - this.#emittedAt < this.#mouseMoveIntervalMs) return;
    this.#emittedAt = at;
    const { x, y } = this.#pointer;
    this.add(this.#movedAt, { activity_type: 'mouse_move', x, y, distance_px: this.#path.take() });
  }

  #emitScroll(): void {
    if (this.#scrollAt === null) return;
    const body = { direction: this.#direction, amount: this.#notches.take() };
    this.add(this.#scrollAt, { activity_type: 'mouse_scroll', ...body });
    this.#scrollAt = null;
  }
}
