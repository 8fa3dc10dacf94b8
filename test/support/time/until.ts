import assert from 'node:assert/strict';

const DEADLINE_MS = 20_000;

/** Waits for what other threads bring about (compression, files); `each` is called between two looks. */
export async function until(what: string, holds: () => boolean, each: () => void = () => {}): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS;
  while (!holds()) {
    assert.ok(performance.now() < deadline, `it never came true: ${what}`);
    each();
    await new Promise((resolve) => setImmediate(resolve));
  }
}
