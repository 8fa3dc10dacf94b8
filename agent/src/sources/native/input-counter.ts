/**
 * Adds up input inside the capture process, as it is told.
 *
 * Invariants:
 *  1. A key leaves as its class and as one more in a count, never as a code.
 *  2. With `detail: 'counts'` no moment is made at all.
 *  3. A tally spans at most TALLY_MS; by itself it sends at most one message in SEND_INTERVAL_MS, and none while nothing
 *     happens.
 *  4. Path lengths and scroll amounts of the moments add up to those of the tallies.
 */
import type { Runtime, Timer } from '../../runtime.ts';
import { ago, Counter, type Instant, instant, Path, Pointer, type PointerEvent } from './figures.ts';
import type {
  BatchMessage,
  InputChildOptions,
  MouseButton,
  ScrollDirection,
  TallyMessage,
} from './input-message.ts';
import { Keyboard, type KeyEvent } from './keyboard.ts';
import { MomentLog } from './moment-log.ts';
import { WordTracker } from './word-tracker.ts';

export interface InputCounterOptions extends InputChildOptions {
  readonly runtime: Runtime;
  /** When the input that is being told happened. @defaultValue now: the runtime's clock */
  readonly inputClock?: Pick<Runtime, 'monotonic'>;
  readonly send: (batch: BatchMessage) => void;
}

const TALLY_MS = 100;
export const SEND_INTERVAL_MS = 500;

export class InputCounter {
  readonly #options: InputCounterOptions;
  readonly #inputClock: Pick<Runtime, 'monotonic'>;
  readonly #keyboard = new Keyboard();
  readonly #word = new WordTracker();
  readonly #pointer = new Pointer();
  /** Null with `detail: 'counts'`. */
  readonly #moments: MomentLog | null;

  readonly #keys = new Counter();
  readonly #clicks = new Counter();
  readonly #scrolls = new Counter();
  readonly #path = new Path();
  /** When the open tally began; null while nothing is open. */
  #tallyAt: Instant | null = null;
  #tallies: { readonly at: Instant; readonly figures: Omit<TallyMessage, 'agoMs'> }[] = [];
  #sendTimer: Timer | null = null;

  constructor(options: InputCounterOptions) {
    this.#options = options;
    this.#inputClock = options.inputClock ?? options.runtime;
    const { detail, mouseMoveIntervalMs } = options;
    this.#moments = detail === 'events' ? new MomentLog(mouseMoveIntervalMs, this.#pointer) : null;
  }

  keyDown(event: KeyEvent): void {
    const at = instant(this.#inputClock);
    const keyClass = this.#keyboard.press(event, at);
    if (keyClass === null) return;
    this.#openTally(at);
    this.#keys.increment();
    if (this.#moments === null) return;
    this.#moments.add(at, { activity_type: 'key_press', key_class: keyClass });
    const word = this.#word.key(keyClass, event.isShortcut);
    if (word !== null) this.#moments.add(at, { activity_type: 'word', ...word });
  }

  keyUp(event: Pick<KeyEvent, 'keycode'>): void {
    this.#keyboard.release(event);
  }

  mouseDown(event: PointerEvent, button: MouseButton): void {
    const at = this.#follow(event);
    this.#clicks.increment();
    this.#word.reset();
    this.#moments?.click(at, button, 'press');
  }

  mouseUp(event: PointerEvent, button: MouseButton): void {
    const at = this.#follow(event);
    this.#moments?.click(at, button, 'release');
  }

  mouseMove(event: PointerEvent): void {
    this.#follow(event);
  }

  wheel(direction: ScrollDirection): void {
    const at = instant(this.#inputClock);
    this.#openTally(at);
    this.#scrolls.increment();
    this.#moments?.scroll(at, direction);
  }

  /** Sends what there is, now: for a source that reads at intervals of its own and has just read. */
  send(): void {
    this.#send(false);
  }

  /** Sends what there is, now; also the path that its own interval would still hold back. */
  flush(): void {
    this.#send(true);
  }

  #follow(event: PointerEvent): Instant {
    const at = instant(this.#inputClock);
    this.#openTally(at);
    const step = this.#pointer.step(event);
    this.#path.add(step);
    this.#moments?.move(at, step);
    return at;
  }

  #openTally(at: Instant): void {
    if (this.#tallyAt !== null) {
      if (at - this.#tallyAt < TALLY_MS) return;
      this.#closeTally();
    }
    this.#tallyAt = at;
    this.#scheduleSend();
  }

  #closeTally(): void {
    if (this.#tallyAt === null) return;
    const at = this.#tallyAt;
    this.#tallyAt = null;
    const figures = {
      keys: this.#keys.take(),
      clicks: this.#clicks.take(),
      scrolls: this.#scrolls.take(),
      distancePx: this.#path.take(),
    };
    // The first move only says where the pointer stands, and a release is not an input of its own.
    const isEmpty = figures.keys + figures.clicks + figures.scrolls + figures.distancePx === 0;
    if (!isEmpty) this.#tallies.push({ at, figures });
  }

  #scheduleSend(): void {
    this.#sendTimer ??= this.#options.runtime.after(SEND_INTERVAL_MS, () => this.#send(false));
  }

  #send(all: boolean): void {
    this.#sendTimer?.cancel();
    this.#sendTimer = null;
    const now = instant(this.#options.runtime);
    this.#closeTally();
    const tallies = this.#tallies.map(({ at, figures }) => ({ agoMs: ago(at, now), ...figures }));
    this.#tallies = [];
    const moments = this.#moments?.take(now, all) ?? [];
    if (this.#moments?.holdsBack) this.#scheduleSend();
    if (tallies.length > 0 || moments.length > 0) this.#options.send({ kind: 'batch', tallies, moments });
  }
}
