import { type Runtime, systemRuntime } from '@kinetrack/agent';

/** The system's time, so many times as fast, from a date on: waits are as real as the sockets beside them, but shorter. */
export function hurriedRuntime(factor: number, wallMs: number): Runtime {
  const monotonicMs = systemRuntime.monotonic();
  const elapsedMs = () => (systemRuntime.monotonic() - monotonicMs) * factor;
  return {
    ...systemRuntime,
    now: () => Math.floor(wallMs + elapsedMs()),
    monotonic: () => monotonicMs + elapsedMs(),
    after: (delayMs, call) => systemRuntime.after(delayMs / factor, call),
    every: (intervalMs, call) => systemRuntime.every(intervalMs / factor, call),
  };
}
