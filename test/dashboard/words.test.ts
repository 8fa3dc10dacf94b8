import assert from 'node:assert/strict';
import { DEFAULT_RULES } from '@kinetrack/schema';
import {
  formatClock,
  formatDuration,
  formatShare,
  minuteOfDay,
  shiftDate,
  utcOfMinute,
} from '../../dashboard/format.ts';
import { inputGroups } from '../../dashboard/words.ts';

describe('a duration', () => {
  const cases: readonly (readonly [seconds: number, words: string])[] = [
    [0, '0 s'],
    [45, '45 s'],
    [59.6, '1 min'],
    [60, '1 min'],
    [200, '3 min 20 s'],
    [599, '9 min 59 s'],
    [600, '10 min'],
    [3569, '59 min'],
    [3570, '1 h'],
    [3600, '1 h'],
    [8040, '2 h 14 min'],
    [86_399, '24 h'],
  ];
  for (const [seconds, words] of cases) {
    it(`of ${seconds} s reads ${words}`, () => assert.equal(formatDuration(seconds), words));
  }
});

describe('a share', () => {
  it('is never nothing for something, nor all for less than all', () => {
    assert.equal(formatShare(0, 100), '0 %');
    assert.equal(formatShare(1, 1000), 'under 1 %');
    assert.equal(formatShare(999, 1000), '99 %');
    assert.equal(formatShare(1000, 1000), '100 %');
    assert.equal(formatShare(0, 0), '0 %');
  });
});

describe("the person's clock", () => {
  it('stands where the person is', () => {
    assert.equal(formatClock('2026-11-20T23:30:00.000Z', 60), '00:30');
    assert.equal(formatClock('2026-11-20T03:30:00.000Z', -300), '22:30');
  });

  it('turns minutes of the day into moments and back', () => {
    for (const offset of [-720, -300, 0, 330, 840]) {
      for (const minute of [0, 1, 719, 1439]) {
        const utc = utcOfMinute(minute, offset, '2026-11-20');
        assert.equal(minuteOfDay(utc, offset, '2026-11-20'), minute);
      }
    }
    assert.equal(utcOfMinute(30, 60, '2026-11-20'), '2026-11-19T23:30:00.000Z');
  });

  it('steps over the ends of months and years', () => {
    assert.equal(shiftDate('2026-12-31', 1), '2027-01-01');
    assert.equal(shiftDate('2028-03-01', -1), '2028-02-29');
  });
});

describe('the figures of a minute', () => {
  const inputs = {
    ...{ observed_s: 60, keys: 4, clicks: 3, scrolls: null, distance_px: 49 },
    ...{ moving_s: 15, longest_idle_s: 30, distraction_s: 18 },
  };
  const linesOf = (rules = true) =>
    inputGroups(inputs, rules ? DEFAULT_RULES : undefined).flatMap(({ lines }) => lines);

  it('are marked at exactly the thresholds of the decision tree', () => {
    assert.deepEqual(Object.fromEntries(linesOf().map(({ name, met }) => [name, met])), {
      ...{ keys: false, clicks: true, scrolls: false, interactions: false },
      ...{ distance_px: false, moving_s: true, longest_idle_s: false, distraction_s: true },
    });
  });

  it('say what was not captured, and add up what was', () => {
    const values = Object.fromEntries(linesOf().map(({ name, value }) => [name, value]));
    assert.equal(values.scrolls, 'not captured');
    assert.equal(values.interactions, '7');
  });

  it('are omitted if another rule set applied', () => {
    assert.ok(linesOf(false).every(({ required, met }) => required === '' && !met));
  });

  it('keep figures that this page does not know', () => {
    const groups = inputGroups({ observed_s: 60, wiggle_ratio: 0.4 }, DEFAULT_RULES);
    assert.deepEqual(
      groups.map(({ title, lines }) => [title, lines[0]?.label, lines[0]?.value]),
      [['Other', 'wiggle_ratio', '0.4']],
    );
  });
});
