import assert from 'node:assert/strict';
import type { ActivityBody } from '@kinetrack/schema';
import fc from 'fast-check';
import { SampleAccountant } from '../../../agent/src/enrich/sample-accountant.ts';
import type { WindowView } from '../../../agent/src/enrich/window-view.ts';

const NINE = Date.parse('2026-11-20T09:00:00.000Z');
const NONE = { keys: 0, clicks: 0, scrolls: 0, distancePx: 0 };
const view = (app: string): WindowView => ({ app, site: null, title: null });

interface Reported {
  readonly startMs: number;
  readonly body: ActivityBody<'sample'>;
}

function accountant() {
  const samples: Reported[] = [];
  return { samples, account: new SampleAccountant((startMs, body) => samples.push({ startMs, body })) };
}

const sum = (figures: readonly number[] | null | undefined) => (figures ?? []).reduce((a, b) => a + b, 0);
const apps = (reported: Reported | undefined) =>
  reported?.body.segments.map(({ app, from_s, to_s }) => [app, from_s, to_s]);

test('emits a minute once no late input can belong to it', () => {
  const { samples, account } = accountant();
  account.begin(NINE + 12_300, true);
  account.advance(NINE + 60_900);
  assert.equal(samples.length, 0);
  account.addInput(NINE + 59_900, { ...NONE, keys: 2 });
  account.advance(NINE + 61_000);
  assert.equal(samples[0]?.startMs, NINE + 12_000);
  assert.deepEqual([samples[0]?.body.from_s, samples[0]?.body.to_s], [12, 60]);
  assert.equal(samples[0]?.body.keys?.at(-1), 2);
});

test('emits every minute, including minutes without input', () => {
  const { samples, account } = accountant();
  account.begin(NINE, true);
  for (let ms = 0; ms <= 181_000; ms += 1000) account.advance(NINE + ms);
  assert.deepEqual(
    samples.map(({ body }) => [body.to_s - body.from_s, body.idle_at_start_s]),
    [
      [60, 0],
      [60, 60],
      [60, 120],
    ],
  );
});

test('counts the idle time before a minute from the last second with input', () => {
  const { samples, account } = accountant();
  account.begin(NINE, true);
  account.addInput(NINE + 47_500, { ...NONE, distancePx: 1 });
  account.advance(NINE + 61_000);
  account.end(NINE + 125_000);
  assert.deepEqual(
    samples.map(({ body }) => body.idle_at_start_s),
    [0, 12, 72],
  );
});

test('assigns a second to the window that was in front longest', () => {
  const { samples, account } = accountant();
  account.setWindow(NINE, view('a'));
  account.begin(NINE, true);
  account.setWindow(NINE + 2400, view('b'));
  account.setWindow(NINE + 5600, view('c'));
  account.setWindow(NINE + 7300, view('d'));
  account.setWindow(NINE + 7700, view('c'));
  account.setWindow(NINE + 9500, view('e'));
  account.end(NINE + 11_000);
  assert.deepEqual(apps(samples[0]), [
    ['a', 0, 2],
    ['b', 2, 6],
    ['c', 6, 10],
    ['e', 10, 11],
  ]);
});

test('joins neighbouring seconds of one window, also when it left for a moment', () => {
  const { samples, account } = accountant();
  account.begin(NINE, true);
  account.setWindow(NINE, view('a'));
  account.setWindow(NINE + 3000, view('b'));
  account.setWindow(NINE + 3200, view('a'));
  account.end(NINE + 5000);
  assert.deepEqual(apps(samples[0]), [['a', 0, 5]]);
});

test('assigns a late window its time, as far as that is still open', () => {
  const { samples, account } = accountant();
  account.begin(NINE, true);
  account.setWindow(NINE, view('a'));
  account.advance(NINE + 5000);
  account.setWindow(NINE + 4200, view('b'));
  account.setWindow(NINE + 1000, view('c'));
  account.end(NINE + 8000);
  assert.deepEqual(apps(samples[0]), [
    ['a', 0, 4],
    ['c', 4, 8],
  ]);
});

test('counts input that is too late for its minute in the first open second', () => {
  const { samples, account } = accountant();
  account.begin(NINE, true);
  account.advance(NINE + 62_000);
  account.addInput(NINE + 59_000, { ...NONE, keys: 7 });
  account.end(NINE + 65_000);
  assert.deepEqual(samples[1]?.body.keys, [7, 0, 0, 0, 0]);
});

test('counts the input of the broken second at the end for the second before', () => {
  const { samples, account } = accountant();
  account.begin(NINE + 57_000, true);
  account.addInput(NINE + 60_300, { ...NONE, clicks: 2 });
  account.end(NINE + 60_500);
  assert.deepEqual(samples.length, 1);
  assert.deepEqual(samples[0]?.body.clicks, [0, 0, 2]);
});

test('emits nothing for a stretch within one second', () => {
  const { samples, account } = accountant();
  account.begin(NINE + 200, true);
  account.addInput(NINE + 300, { ...NONE, clicks: 2 });
  account.end(NINE + 900);
  account.begin(NINE + 950, true);
  account.end(NINE + 3000);
  assert.deepEqual(samples.length, 1);
  assert.deepEqual(samples[0]?.body.clicks, [0, 0, 0]);
});

test('carries neither idle time nor input over a gap', () => {
  const { samples, account } = accountant();
  account.begin(NINE, true);
  account.end(NINE + 30_000);
  account.addInput(NINE + 31_000, { ...NONE, keys: 1 });
  account.begin(NINE + 3_600_000, true);
  account.end(NINE + 3_605_000);
  assert.equal(samples[1]?.body.idle_at_start_s, 0);
  assert.equal(sum(samples[1]?.body.keys), 0);
});

test('reports null, not zero, without input capture, and splits the minute there', () => {
  const { samples, account } = accountant();
  account.begin(NINE, true);
  account.addInput(NINE + 20_100, { ...NONE, keys: 1 });
  account.setInputCaptured(NINE + 20_500, false);
  account.setInputCaptured(NINE + 40_500, true);
  account.end(NINE + 50_000);
  assert.deepEqual(
    samples.map(({ body }) => [body.from_s, body.to_s, body.keys === null, body.idle_at_start_s]),
    [
      [0, 20, false, 0],
      [20, 40, true, null],
      [40, 50, false, 0],
    ],
  );
  assert.equal(sum(samples[0]?.body.keys), 1);
});

test('knows at any moment what it would tell if it ended then, and counts on as if nobody had asked', () => {
  const step = fc.record({
    ms: fc.integer({ min: 0, max: 20_000 }),
    act: fc.constantFrom('input', 'window', 'cut', 'blind', 'seeing', 'gap'),
    app: fc.constantFrom('a', 'b', 'c'),
    agoMs: fc.integer({ min: 0, max: 900 }),
    keys: fc.integer({ min: 0, max: 9 }),
  });
  type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;
  const live = (steps: readonly Step[], isAsked: boolean) => {
    const { samples, account } = accountant();
    let nowMs = NINE + 12_345;
    account.begin(nowMs, true);
    for (const { ms, act, app, agoMs, keys } of steps) {
      nowMs += ms;
      if (act === 'window') account.setWindow(nowMs - agoMs, view(app));
      if (act === 'input') account.addInput(nowMs - agoMs, { ...NONE, keys });
      if (act === 'cut') account.cut(nowMs);
      if (act === 'blind' || act === 'seeing') account.setInputCaptured(nowMs, act === 'seeing');
      if (act === 'gap') {
        account.end(nowMs);
        if (isAsked) assert.equal(account.openSample(nowMs), null);
        account.begin(nowMs + ms, true);
        nowMs += ms;
      }
      account.advance(nowMs);
      if (isAsked) account.openSample(nowMs);
    }
    const asked = account.openSample(nowMs);
    const reported = samples.length;
    account.end(nowMs);
    return { samples, asked, atEnd: samples.slice(reported) };
  };
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const { samples, asked, atEnd } = live(steps, true);
      assert.deepEqual(asked === null ? [] : [asked], atEnd);
      assert.deepEqual(samples, live(steps, false).samples);
    }),
    { numRuns: 300 },
  );
});

test('keeps a ledger: every second and every key once, whatever the order of events', () => {
  const step = fc.record({
    ms: fc.integer({ min: 0, max: 40_000 }),
    act: fc.constantFrom('input', 'window', 'advance', 'cut'),
    app: fc.constantFrom('a', 'b', 'c'),
    agoMs: fc.integer({ min: 0, max: 900 }),
    keys: fc.integer({ min: 0, max: 9 }),
  });
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 120_000 }), fc.array(step), (offsetMs, steps) => {
      const { samples, account } = accountant();
      const beginMs = NINE + offsetMs;
      let nowMs = beginMs;
      let typed = 0;
      let openSinceMs = beginMs;
      account.begin(beginMs, true);
      for (const { ms, act, app, agoMs, keys } of steps) {
        nowMs += ms;
        const atMs = Math.max(beginMs, nowMs - agoMs);
        if (act === 'window') account.setWindow(atMs, view(app));
        if (act === 'advance') account.advance(nowMs);
        if (act === 'cut') {
          account.cut(nowMs);
          openSinceMs = nowMs;
        }
        if (act !== 'input') continue;
        account.addInput(atMs, { ...NONE, keys });
        typed += keys;
      }
      account.end(nowMs);
      let covered = Math.floor(beginMs / 1000) * 1000;
      for (const { startMs, body } of samples) {
        assert.equal(startMs, covered);
        covered += (body.to_s - body.from_s) * 1000;
        assert.equal(body.keys?.length, body.to_s - body.from_s);
        assert.equal(
          body.segments.reduce((total, { from_s, to_s }) => total + to_s - from_s, 0),
          body.to_s - body.from_s,
        );
      }
      assert.equal(covered, Math.floor(nowMs / 1000) * 1000);
      const reported = samples.reduce((total, { body }) => total + sum(body.keys), 0);
      if (Math.floor(nowMs / 1000) > Math.floor(openSinceMs / 1000)) assert.equal(reported, typed);
    }),
    { numRuns: 300 },
  );
});
