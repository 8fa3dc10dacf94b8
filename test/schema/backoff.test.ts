import assert from 'node:assert/strict';
import { backoffMs } from '@kinetrack/schema';
import fc from 'fast-check';

const LIMITS = { baseMs: 200, maxMs: 5000 };
const waits = (random?: () => number) =>
  [1, 2, 3, 4, 5, 6, 7].map((failures) =>
    backoffMs(failures, { ...LIMITS, ...(random === undefined ? {} : { random }) }),
  );

test('doubles the limit with each failure, up to the longest', () => {
  assert.deepEqual(waits(), [200, 400, 800, 1600, 3200, 5000, 5000]);
});

test('waits a random part of the limit', () => {
  assert.deepEqual(
    waits(() => 0.5),
    [100, 200, 400, 800, 1600, 2500, 2500],
  );
  assert.deepEqual(
    waits(() => 0),
    Array(7).fill(0),
  );
});

test('stays within its limits after any number of failures', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1_000_000 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (n, x) => {
        const waitMs = backoffMs(n, { ...LIMITS, random: () => x });
        assert.ok(waitMs >= 0 && waitMs <= LIMITS.maxMs, `${waitMs} ms`);
      },
    ),
  );
});
