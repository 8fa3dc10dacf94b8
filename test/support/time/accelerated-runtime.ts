import { type Runtime, systemRuntime } from '@kinetrack/agent';

/**
 * System time, `factor` times as fast, from a given date. Not a TestRuntime: its time passes on its own, for tests
 * with real sockets and child processes.
 */
export function acceleratedRuntime(factor: number, wallMs: number): Runtime {
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
