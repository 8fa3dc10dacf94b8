/**
 * Time, timers, identities and randomness: the only module of the agent that may call them.
 * Everything else takes a Runtime, so tests own time.
 */
import { randomUUID } from 'node:crypto';

export interface Timer {
  cancel(): void;
}

export interface Runtime {
  /** Wall clock, ms since 1970; may jump either way. */
  now(): number;
  /** Monotonic clock, ms from an arbitrary start; may stop while the machine sleeps: never compare with now(). */
  monotonic(): number;
  /** Calls once after so many ms; never keeps the process alive. */
  after(delayMs: number, call: () => void): Timer;
  /** Calls every so many ms; never keeps the process alive. */
  every(intervalMs: number, call: () => void): Timer;
  uuid(): string;
  /** 0 <= x < 1 */
  random(): number;
  /** Minutes that the local clock is ahead of UTC at that moment. */
  utcOffsetMin(epochMs: number): number;
  /** IANA name. */
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
  // Subtracted, not negated: at UTC that would be -0.
  utcOffsetMin: (epochMs) => 0 - new Date(epochMs).getTimezoneOffset(),
  timeZone: () => Intl.DateTimeFormat().resolvedOptions().timeZone,
};

/** Resolves after so many ms of the runtime's time. */
export const sleep = (runtime: Runtime, delayMs: number): Promise<void> =>
  new Promise((resolve) => {
    runtime.after(delayMs, resolve);
  });
