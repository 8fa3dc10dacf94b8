import assert from 'node:assert/strict';
import { DEFAULT_RULES, type MinuteRow, type RuleSet } from '@kinetrack/schema';
import { compileLists } from '../../../pipeline/rollup/matchers.ts';
import { judgeParts, LocalClock } from '../../../pipeline/rollup/minute-rows.ts';
import { SampleDecoder, type SamplePart } from '../../../pipeline/rollup/sample-part.ts';
import { StringPool } from '../../../pipeline/rollup/string-pool.ts';
import { everySecond, type MinuteSketch, sampleOf } from '../../support/lake/sample-factory.ts';

/** Rows of one minute out of its parts. */
function judge(
  sketches: MinuteSketch | readonly MinuteSketch[],
  rules: RuleSet = DEFAULT_RULES,
): MinuteRow[] {
  const decoder = new SampleDecoder({ dt: '2026-11-20', hour: '09' }, compileLists(rules), new StringPool());
  const parts = [sketches].flat().map((sketch, index): SamplePart => {
    const part = decoder.decode(sampleOf({ seq: index + 1, ...sketch }));
    if (typeof part === 'string') throw new TypeError(part);
    return part;
  });
  const [first, ...rest] = parts;
  assert.ok(first);
  return judgeParts([first, ...rest], rules, new LocalClock()).map(({ row }) => row);
}

/** State and rule of a minute with one row. */
function verdictOn(sketches: MinuteSketch | readonly MinuteSketch[]): string {
  const rows = judge(sketches);
  assert.equal(rows.length, 1);
  return `${rows[0]?.state} ${rows[0]?.rule}`;
}

const INACTIVE = 'non_productive inactive';
const INTERACTION = 'productive interaction';
const PRESENCE = 'productive presence';

test('calls a minute without input inactive and names what was missing', () => {
  const [row] = judge({ clicks: { 3: 1 }, idleAtStartS: 12 });
  assert.equal(row?.state, 'non_productive');
  assert.equal(row?.rule, 'inactive');
  assert.equal(
    row?.reason,
    'Inactive: 1 interaction in 60 s (minimum 10, or 5 keys, or 3 clicks). Not reading: mouse distance 0 px (minimum 50 px), movement in 0 seconds (minimum 15), longest pause 56 s (must be below 30 s).',
  );
  assert.equal(row?.rules_version, 'default-1');
});

test('five keys are enough, four are not', () => {
  assert.equal(verdictOn({ keys: everySecond(5) }), INTERACTION);
  assert.equal(verdictOn({ keys: everySecond(4) }), INACTIVE);
});

test('three clicks are enough, two are not', () => {
  assert.equal(verdictOn({ clicks: everySecond(3) }), INTERACTION);
  assert.equal(verdictOn({ clicks: everySecond(2) }), INACTIVE);
});

test('ten keys, clicks and scroll steps together are enough, nine are not', () => {
  assert.equal(verdictOn({ keys: everySecond(4), clicks: { 9: 2 }, scrolls: { 9: 4 } }), INTERACTION);
  assert.equal(verdictOn({ keys: everySecond(4), clicks: { 9: 2 }, scrolls: { 9: 3 } }), INACTIVE);
});

test('says how many interactions there were and how many are enough', () => {
  const [row] = judge({ keys: { 0: 8 }, clicks: { 1: 1 }, scrolls: { 2: 3 } });
  assert.equal(row?.reason, 'Active: 12 interactions in 60 s (8 keys, 1 click, 3 scroll steps); minimum 10.');
});

test('movement in fifteen different seconds is reading, in fourteen it is not', () => {
  assert.equal(verdictOn({ distance: everySecond(15, { step: 4, amount: 10 }) }), PRESENCE);
  assert.equal(verdictOn({ distance: everySecond(14, { step: 4, amount: 11 }) }), INACTIVE);
});

test('fifty pixels of movement are reading, forty-nine are not', () => {
  assert.equal(verdictOn({ distance: { ...everySecond(24, { step: 2, amount: 2 }), 50: 2 } }), PRESENCE);
  assert.equal(verdictOn({ distance: { ...everySecond(24, { step: 2, amount: 2 }), 50: 1 } }), INACTIVE);
});

test('twenty-nine seconds without input are reading, thirty are not', () => {
  const moving = (gapS: number) => ({
    distance: {
      ...everySecond(15, { amount: 10 }),
      ...everySecond(45 - gapS, { from: 15 + gapS, amount: 10 }),
    },
  });
  assert.equal(verdictOn(moving(29)), PRESENCE);
  assert.equal(verdictOn(moving(30)), INACTIVE);
});

test('idle time from before the minute counts with its first idle seconds', () => {
  const laterMoving = { distance: everySecond(20, { from: 10, step: 2, amount: 10 }) };
  assert.equal(verdictOn({ ...laterMoving, idleAtStartS: 19 }), PRESENCE);
  assert.equal(verdictOn({ ...laterMoving, idleAtStartS: 20 }), INACTIVE);
});

test('idle time that ended with the first second does not count', () => {
  assert.equal(
    verdictOn({ distance: everySecond(30, { step: 2, amount: 10 }), idleAtStartS: 500 }),
    PRESENCE,
  );
});

test('a distraction in sight for up to 0.3 of the observed time leaves reading be', () => {
  const reading = { distance: everySecond(30, { step: 2, amount: 10 }) };
  assert.equal(verdictOn({ ...reading, distractionS: 18 }), PRESENCE);
  assert.equal(verdictOn({ ...reading, distractionS: 19 }), INACTIVE);
  assert.equal(verdictOn({ ...reading, observed: [0, 40], distractionS: 12 }), PRESENCE);
  assert.equal(verdictOn({ ...reading, observed: [0, 40], distractionS: 13 }), INACTIVE);
});

test('windows that nobody looked at do not speak against reading', () => {
  const [row] = judge({ distance: everySecond(30, { step: 2, amount: 10 }), distractionS: null });
  assert.equal(row?.rule, 'presence');
  assert.doesNotMatch(row?.reason ?? '', /distraction/);
});

test('a distraction in sight does not speak against typing', () => {
  assert.equal(verdictOn({ keys: everySecond(30), distractionS: 60 }), INTERACTION);
});

test('a meeting is productive without any input', () => {
  const [row] = judge({ windows: [{ app: 'zoom.us' }] });
  assert.equal(row?.state, 'productive');
  assert.equal(row?.reason, 'Meeting: 60 s in a window on the meeting list (zoom*).');
});

test('a site on the non-productive list is not productive however much is typed there', () => {
  assert.equal(
    verdictOn({ keys: everySecond(60), windows: [{ app: 'Firefox', site: 'YouTube' }] }),
    'non_productive non_productive_list',
  );
});

test('a window on both lists is a meeting', () => {
  const rules = { ...DEFAULT_RULES, meeting: [{ app: 'discord*', title: '*standup*' }] };
  const [row] = judge({ windows: [{ app: 'Discord', title: 'Daily Standup | Discord' }] }, rules);
  assert.equal(row?.rule, 'meeting');
  const [other] = judge({ windows: [{ app: 'Discord', title: 'general' }] }, rules);
  assert.equal(other?.rule, 'non_productive_list');
});

test('lists judge their own window, the rest of the minute is judged as a whole', () => {
  const rows = judge({
    keys: everySecond(5, { from: 50 }),
    windows: [
      { app: 'Code', untilS: 20 },
      { app: 'Firefox', site: 'Reddit', untilS: 45 },
      { app: 'Terminal' },
    ],
  });
  assert.deepEqual(
    rows.map(({ app, seconds, keys, rule }) => [app, seconds, keys, rule]),
    [
      ['Code', 20, 0, 'interaction'],
      ['Firefox', 25, 0, 'non_productive_list'],
      ['Terminal', 15, 5, 'interaction'],
    ],
  );
});

test('merges a returning window into one row', () => {
  const rows = judge({
    keys: { 0: 5, 59: 5 },
    windows: [{ app: 'Code', untilS: 10 }, { app: 'Mail', untilS: 40 }, { app: 'Code' }],
  });
  assert.deepEqual(
    rows.map(({ app, seconds, keys }) => [app, seconds, keys]),
    [
      ['Code', 30, 10],
      ['Mail', 30, 0],
    ],
  );
});

test('returns unknown, never inactive, without input capture', () => {
  const blind = { keys: null, clicks: null, scrolls: null, distance: null, idleAtStartS: null } as const;
  assert.equal(verdictOn(blind), 'unknown no_input_capture');
  assert.equal(verdictOn({ ...blind, windows: [{ app: 'zoom' }] }), 'productive meeting');
});

test('what is captured may prove activity, but missing capture keeps inactivity unproven', () => {
  assert.equal(verdictOn({ keys: null, clicks: everySecond(3) }), INTERACTION);
  const [row] = judge({ keys: null, clicks: everySecond(2) });
  assert.equal(row?.rule, 'no_input_capture');
  assert.match(row?.reason ?? '', /does not capture keys\.$/);
});

test('adds the parts of a minute up before judging', () => {
  const first = { observed: [0, 20], keys: everySecond(3) } as const;
  const second = { observed: [20, 60], keys: everySecond(2, { from: 40 }) } as const;
  assert.equal(verdictOn(first), INACTIVE);
  assert.equal(verdictOn(second), INACTIVE);
  assert.equal(verdictOn([first, second]), INTERACTION);
  assert.deepEqual(
    judge([first, second]).map(({ seconds, keys }) => [seconds, keys]),
    [[60, 5]],
  );
});

test('applies the thresholds to a part unchanged', () => {
  assert.equal(verdictOn({ observed: [0, 6], keys: everySecond(4) }), INACTIVE);
  assert.equal(verdictOn({ observed: [0, 6], keys: everySecond(5) }), INTERACTION);
});

test('continues an idle stretch across adjacent parts, and ends it at a gap', () => {
  const moving = (from: number) => everySecond(15, { from, amount: 10 });
  const touching = [
    { observed: [0, 30], distance: moving(0), idleAtStartS: 0 },
    { observed: [30, 60], distance: moving(45), idleAtStartS: 15 },
  ] as const;
  assert.equal(verdictOn(touching), INACTIVE);
  const apart = [touching[0], { ...touching[1], observed: [32, 60], idleAtStartS: 0 }] as const;
  assert.equal(verdictOn(apart), PRESENCE);
});

test('a second that two parts claim counts once, and every keystroke counts', () => {
  const rows = judge([
    { observed: [0, 40], keys: { 10: 7 } },
    { observed: [30, 50], keys: { 35: 2 }, windows: [{ app: 'Mail' }] },
  ]);
  assert.deepEqual(
    rows.map(({ app, seconds, keys }) => [app, seconds, keys]),
    [
      ['Code', 40, 7],
      ['Mail', 10, 2],
    ],
  );
});

test('stores the figures that were judged', () => {
  const [row] = judge({ keys: { 0: 3 }, distance: { 5: 40, 9: 2 }, distractionS: 4, idleAtStartS: 7 });
  assert.deepEqual(JSON.parse(row?.inputs ?? ''), {
    observed_s: 60,
    keys: 3,
    clicks: 0,
    scrolls: 0,
    distance_px: 42,
    moving_s: 2,
    longest_idle_s: 50,
    distraction_s: 4,
  });
});
