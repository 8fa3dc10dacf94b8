import assert from 'node:assert/strict';

const TIMEOUT_MS = 20_000;

/** Waits for the effect of other threads, for example compressed files. Calls `each` between two checks. */
export async function until(what: string, holds: () => boolean, each: () => void = () => {}): Promise<void> {
  const deadline = performance.now() + TIMEOUT_MS;
  while (!holds()) {
    assert.ok(performance.now() < deadline, `timed out waiting until ${what}`);
    each();
    await new Promise((resolve) => setImmediate(resolve));
  }
}
