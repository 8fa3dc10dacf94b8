import assert from 'node:assert/strict';

const IDLE_TURNS = 4;
const TIMEOUT_MS = 20_000;

/** Resolves when nothing has been busy for a few turns of the event loop. */
export async function whenIdle(isBusy: () => boolean): Promise<void> {
  const deadline = performance.now() + TIMEOUT_MS;
  for (let turns = 0; turns < IDLE_TURNS; turns += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    if (!isBusy()) continue;
    turns = -1;
    assert.ok(performance.now() < deadline, 'disk or network did not answer: does it wait for fake time?');
  }
}
