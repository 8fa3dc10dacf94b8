/**
 * Time, timers, identifiers and randomness: only this module of the agent calls them. All other
 * code gets a Runtime injected, so tests control time.
 */
import { randomUUID } from 'node:crypto';

export interface Timer {
  cancel(): void;
}

export interface Runtime {
  /** Wall clock, ms since 1970; can jump in both directions. */
  now(): number;
  /**
   * Monotonic clock, ms from an arbitrary start. It may stop while the machine sleeps: never compare it
   * with now().
   */
  monotonic(): number;
  /** Calls once after the delay; does not keep the process alive. */
  after(delayMs: number, call: () => void): Timer;
  /** Calls at each interval; does not keep the process alive. */
  every(intervalMs: number, call: () => void): Timer;
  uuid(): string;
  /** 0 <= x < 1 */
  random(): number;
  /** Offset of local time from UTC at that time, in minutes. */
  utcOffsetMin(epochMs: number): number;
  /** IANA time zone name. */
  timeZone(): string;
}

export const systemRuntime: Runtime = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(delayMs, call) {
    const timer = setTimeout(call, delayMs).unref();
    return { cancel: () => clearTimeout(timer) };
  },
  every(intervalMs, call) {
    const timer = setInterval(call, intervalMs).unref();
    return { cancel: () => clearInterval(timer) };
  },
  uuid: () => randomUUID(),
  random: () => Math.random(),
  // Subtraction, because negation returns -0 for UTC.
  utcOffsetMin: (epochMs) => 0 - new Date(epochMs).getTimezoneOffset(),
  timeZone: () => Intl.DateTimeFormat().resolvedOptions().timeZone,
};

/** Resolves after this time on the runtime's clock. */
export const sleep = (runtime: Runtime, delayMs: number): Promise<void> =>
  new Promise((resolve) => {
    runtime.after(delayMs, resolve);
  });
