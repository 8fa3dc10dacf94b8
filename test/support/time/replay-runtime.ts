/** Simulated time that costs next to nothing itself: no sorting, no allocation while it passes. */
import type { Runtime, Timer } from '@kinetrack/agent';

interface Due {
  atMs: number;
  readonly everyMs: number | null;
  readonly call: () => void;
  isCancelled: boolean;
}

export class ReplayRuntime implements Runtime {
  #elapsedMs = 0;
  #uuids = 0;
  #due: Due[] = [];
  #nextMs = Number.POSITIVE_INFINITY;

  now = (): number => Date.UTC(2026, 10, 20, 9) + this.#elapsedMs;
  monotonic = (): number => 1000 + this.#elapsedMs;
  after = (delayMs: number, call: () => void): Timer => this.#place(delayMs, null, call);
  every = (intervalMs: number, call: () => void): Timer => this.#place(intervalMs, intervalMs, call);
  random = (): number => 0.5;
  utcOffsetMin = (): number => 60;
  timeZone = (): string => 'Europe/Berlin';
  uuid = (): string => {
    this.#uuids += 1;
    return `00000000-0000-4000-8000-${String(this.#uuids).padStart(12, '0')}`;
  };

  /** Goes to that moment after the start; what falls due before is called at its own. */
  passTo(elapsedMs: number): void {
    while (this.#nextMs <= elapsedMs) {
      this.#elapsedMs = Math.max(this.#elapsedMs, this.#nextMs);
      this.#callDue();
    }
    this.#elapsedMs = Math.max(this.#elapsedMs, elapsedMs);
  }

  #callDue(): void {
    for (const due of this.#due.filter(({ atMs, isCancelled }) => !isCancelled && atMs <= this.#elapsedMs)) {
      if (due.isCancelled) continue;
      if (due.everyMs === null) due.isCancelled = true;
      else due.atMs += due.everyMs;
      due.call();
    }
    this.#due = this.#due.filter(({ isCancelled }) => !isCancelled);
    this.#nextMs = this.#due.reduce((least, { atMs }) => Math.min(least, atMs), Number.POSITIVE_INFINITY);
  }

  #place(delayMs: number, everyMs: number | null, call: () => void): Timer {
    const due: Due = { atMs: this.#elapsedMs + delayMs, everyMs, call, isCancelled: false };
    this.#due.push(due);
    this.#nextMs = Math.min(this.#nextMs, due.atMs);
    return {
      cancel: () => {
        due.isCancelled = true;
      },
    };
  }
}
