import assert from 'node:assert/strict';

const QUIET_TURNS = 4;
const STUCK_MS = 20_000;

/** Waits until nothing is under way for a few turns of the loop. */
export async function quietly(isBusy: () => boolean): Promise<void> {
  const deadline = performance.now() + STUCK_MS;
  for (let turns = 0; turns < QUIET_TURNS; turns += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    if (!isBusy()) continue;
    turns = -1;
    assert.ok(
      performance.now() < deadline,
      'disk or network did not answer: what waits for fake time there?',
    );
  }
}
