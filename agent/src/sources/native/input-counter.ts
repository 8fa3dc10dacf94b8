/**
 * Adds up input inside the capture process, in the hook's callback.
 *
 * Invariants:
 *  1. A key leaves as its class and as one more in a count, never as a code.
 *  2. With `detail: 'counts'` no moment is made at all.
 *  3. A tally spans at most TALLY_MS; a message is sent at most once in SEND_INTERVAL_MS, and none while nothing happens.
 *  4. Path lengths and scroll amounts of the moments add up to those of the tallies.
 */
import type { Runtime, Timer } from '../../runtime.ts';
import { ago, Counter, type Instant, instant, Path, Pointer, type PointerEvent } from './figures.ts';
import type {
  BatchMessage,
  InputChildOptions,
  MomentBody,
  MouseButton,
  ScrollDirection,
  TallyMessage,
} from './input-message.ts';
import { Keyboard, type KeyEvent } from './keyboard.ts';
import { WordTracker } from './word-tracker.ts';

export interface ButtonEvent extends PointerEvent {
  readonly button: unknown;
}

export interface WheelEvent {
  /** libuiohook: 3 vertical, 4 horizontal. */
  readonly direction: number;
  /** Notches: negative is up or left. */
  readonly rotation: number;
}

export interface InputCounterOptions extends InputChildOptions {
  readonly runtime: Runtime;
  readonly send: (batch: BatchMessage) => void;
}

const TALLY_MS = 100;
const SEND_INTERVAL_MS = 500;
const HORIZONTAL = 4;
const BUTTONS: readonly MouseButton[] = ['other', 'left', 'right', 'middle'];

interface Timed<T> {
  readonly at: Instant;
  readonly value: T;
}

export class InputCounter {
  readonly #options: InputCounterOptions;
  readonly #withMoments: boolean;
  readonly #keyboard = new Keyboard();
  readonly #word = new WordTracker();
  readonly #pointer = new Pointer();

  readonly #keys = new Counter();
  readonly #clicks = new Counter();
  readonly #scrolls = new Counter();
  readonly #path = new Path();
  /** When the open tally began; null while nothing is open. */
  #tallyAt: Instant | null = null;
  #tallies: Timed<Omit<TallyMessage, 'agoMs'>>[] = [];

  readonly #movePath = new Path();
  readonly #notches = new Counter();
  /** When a move was last given, and when the pointer last moved. */
  #lastMoveAt: Instant | null = null;
  #movedAt: Instant | null = null;
  #scrollAt: Instant | null = null;
  #scrollDirection: ScrollDirection = 'up';
  #moments: Timed<MomentBody>[] = [];
  #sendTimer: Timer | null = null;

  constructor(options: InputCounterOptions) {
    this.#options = options;
    this.#withMoments = options.detail === 'events';
  }

  keyDown(event: KeyEvent): void {
    const at = instant(this.#options.runtime);
    const keyClass = this.#keyboard.press(event, at);
    if (keyClass === null) return;
    this.#openTally(at);
    this.#keys.increment();
    if (!this.#withMoments) return;
    this.#addMoment(at, { activity_type: 'key_press', key_class: keyClass });
    const word = this.#word.key(keyClass, this.#keyboard.isShortcut(event));
    if (word !== null) this.#addMoment(at, { activity_type: 'word', ...word });
  }

  keyUp(event: KeyEvent): void {
    this.#keyboard.release(event);
  }

  mouseDown(event: ButtonEvent): void {
    const at = instant(this.#options.runtime);
    this.#follow(event, at);
    this.#clicks.increment();
    if (!this.#withMoments) return;
    this.#word.reset();
    this.#addClick(at, event, 'press');
  }

  mouseUp(event: ButtonEvent): void {
    if (!this.#withMoments) return;
    const at = instant(this.#options.runtime);
    this.#follow(event, at);
    this.#addClick(at, event, 'release');
  }

  mouseMove(event: PointerEvent): void {
    this.#follow(event, instant(this.#options.runtime));
  }

  wheel({ direction, rotation }: WheelEvent): void {
    // Pixel-exact touchpads report steps too small to be one; they come again within the next event.
    if (rotation === 0) return;
    const at = instant(this.#options.runtime);
    this.#openTally(at);
    this.#scrolls.increment();
    if (!this.#withMoments) return;
    const isBack = rotation < 0;
    const name = direction === HORIZONTAL ? (isBack ? 'left' : 'right') : isBack ? 'up' : 'down';
    if (this.#scrollAt !== null && (name !== this.#scrollDirection || at - this.#scrollAt >= TALLY_MS)) {
      this.#closeScroll();
    }
    this.#scrollAt ??= at;
    this.#scrollDirection = name;
    this.#notches.increment();
  }

  /** Sends what there is, now; also the path that its own interval would still hold back. */
  flush(): void {
    this.#closeMove(instant(this.#options.runtime));
    this.#send();
  }

  #send(): void {
    this.#sendTimer?.cancel();
    this.#sendTimer = null;
    const at = instant(this.#options.runtime);
    this.#closeScroll();
    this.#closeTally();
    if (this.#moveIsDue(at)) this.#closeMove(at);
    else if (!this.#movePath.isShort) this.#scheduleSend();
    if (this.#tallies.length === 0 && this.#moments.length === 0) return;
    const batch: BatchMessage = {
      kind: 'batch',
      tallies: this.#tallies.map(({ at: began, value }) => ({ agoMs: ago(began, at), ...value })),
      // Scrolls and moves are added when they are complete: back to the order in which they happened.
      moments: this.#moments
        .sort((one, other) => one.at - other.at)
        .map(({ at: began, value }) => ({ agoMs: ago(began, at), body: value })),
    };
    this.#tallies = [];
    this.#moments = [];
    this.#options.send(batch);
  }

  #follow(event: PointerEvent, at: Instant): void {
    this.#openTally(at);
    const step = this.#pointer.step(event);
    this.#path.add(step);
    if (!this.#withMoments) return;
    this.#movePath.add(step);
    this.#lastMoveAt ??= at;
    this.#movedAt = at;
    if (this.#moveIsDue(at)) this.#closeMove(at);
  }

  #moveIsDue(at: Instant): boolean {
    return this.#lastMoveAt !== null && at - this.#lastMoveAt >= this.#options.mouseMoveIntervalMs;
  }

  #closeMove(at: Instant): void {
    if (this.#movedAt === null || this.#movePath.isShort) return;
    this.#lastMoveAt = at;
    const { x, y } = this.#pointer;
    this.#addMoment(this.#movedAt, { activity_type: 'mouse_move', x, y, distance_px: this.#movePath.take() });
  }

  #addClick(at: Instant, { button }: ButtonEvent, action: 'press' | 'release'): void {
    const name = typeof button === 'number' ? (BUTTONS[button] ?? 'other') : 'other';
    const { x, y } = this.#pointer;
    this.#addMoment(at, { activity_type: 'mouse_click', button: name, action, x, y });
  }

  #closeScroll(): void {
    if (this.#scrollAt === null) return;
    const at = this.#scrollAt;
    this.#scrollAt = null;
    this.#addMoment(at, {
      activity_type: 'mouse_scroll',
      direction: this.#scrollDirection,
      amount: this.#notches.take(),
    });
  }

  #addMoment(at: Instant, value: MomentBody): void {
    this.#moments.push({ at, value });
  }

  #openTally(at: Instant): void {
    if (this.#tallyAt !== null) {
      if (at - this.#tallyAt < TALLY_MS) return;
      this.#closeTally();
    }
    this.#tallyAt = at;
    this.#scheduleSend();
  }

  #scheduleSend(): void {
    this.#sendTimer ??= this.#options.runtime.after(SEND_INTERVAL_MS, () => this.#send());
  }

  #closeTally(): void {
    if (this.#tallyAt === null) return;
    const at = this.#tallyAt;
    this.#tallyAt = null;
    const value = {
      keys: this.#keys.take(),
      clicks: this.#clicks.take(),
      scrolls: this.#scrolls.take(),
      distancePx: this.#path.take(),
    };
    // The first move only says where the pointer stands, and a release is not an input of its own.
    const isEmpty = value.keys + value.clicks + value.scrolls + value.distancePx === 0;
    if (!isEmpty) this.#tallies.push({ at, value });
  }
}
