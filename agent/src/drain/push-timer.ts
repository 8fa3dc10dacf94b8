/** When to send next: the earliest moment that anything asked for. */
import type { Runtime, Timer } from '../runtime.ts';

export class PushTimer {
  #pending: { readonly timer: Timer; readonly dueMs: number } | null = null;

  constructor(
    private readonly runtime: Runtime,
    private readonly push: () => void,
  ) {}

  /** Calls at the latest after so many ms. */
  within(delayMs: number): void {
    const dueMs = this.runtime.monotonic() + delayMs;
    if (this.#pending !== null && this.#pending.dueMs <= dueMs) return;
    this.cancel();
    this.#pending = { timer: this.runtime.after(delayMs, this.push), dueMs };
  }

  cancel(): void {
    this.#pending?.timer.cancel();
    this.#pending = null;
  }
}
