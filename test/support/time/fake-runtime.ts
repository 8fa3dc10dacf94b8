/** A whole machine's time by hand: clocks that part, time zones that change, and asynchronous work that keeps up. */
import { CountingRuntime } from './counting-runtime.ts';
import { settle } from './manual-runtime.ts';

const STEP_MS = 500;

export class FakeRuntime extends CountingRuntime {
  #timeZone = 'Europe/Berlin';
  #utcOffsetMin = 60;

  override utcOffsetMin = (): number => this.#utcOffsetMin;
  override timeZone = (): string => this.#timeZone;

  /** Lets time pass in small steps, and after each what waits for promises. */
  async advance(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= STEP_MS) {
      this.pass(Math.min(left, STEP_MS));
      await settle();
    }
  }

  /** Lets time pass until something is done, also where it waits for a real disk in between. */
  async advanceUntil<T>(promise: Promise<T>): Promise<T> {
    let isDone: boolean = false;
    const done = promise.finally(() => {
      isDone = true;
    });
    while (!isDone) await Promise.race([done, this.advance(STEP_MS)]);
    return await done;
  }

  /** Somebody sets the wall clock. */
  shiftWallClock(ms: number): void {
    // For the clocks it is the same: the wall clock jumps, the monotonic one does not notice.
    this.sleep(ms);
  }

  moveTo(timeZone: string, utcOffsetMin: number): void {
    this.#timeZone = timeZone;
    this.#utcOffsetMin = utcOffsetMin;
  }
}
