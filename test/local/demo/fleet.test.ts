import assert from 'node:assert/strict';
import { type ActivityEvent, addDays, localDateHour, parseEvent, type Sample } from '@kinetrack/schema';
import { siteFromTitle } from '../../../agent/src/enrich/site-from-title.ts';
import { filterTitle } from '../../../agent/src/privacy/title-filter.ts';
import { demoFleet } from '../../../local/demo/fleet.ts';
import { collect } from '../../support/collect.ts';

const endDate = '2026-11-13';
const SMALL = { people: 7, days: 7, endDate } as const;
const fleet = demoFleet(SMALL);
const events = await collect(fleet.events());
const samples = events.filter((event) => event.activity_type === 'sample');
const firstDate = addDays(fleet.options.endDate, 1 - SMALL.days);

test('every event of the fleet is valid', () => {
  for (const event of events) {
    const parsed = parseEvent(event);
    assert.ok(parsed.ok, parsed.ok ? '' : `${event.event_id}: ${parsed.message}`);
  }
});

test('returns the same events for the same options, and others for another seed', async () => {
  const lines = async (options: Parameters<typeof demoFleet>[0]) =>
    (await collect(demoFleet(options).events())).map((event) => JSON.stringify(event)).join('\n');
  const first = await lines({ people: 3, days: 2, endDate });
  assert.equal(first, await lines({ people: 3, days: 2, endDate }));
  assert.notEqual(first, await lines({ people: 3, days: 2, endDate, seed: 2 }));
});

test('one more person changes nothing for the others', async () => {
  const newcomer = fleet.people.at(-1)?.userId;
  const smaller = await collect(demoFleet({ ...SMALL, people: SMALL.people - 1 }).events());
  assert.deepEqual(
    smaller,
    events.filter(({ user_id }) => user_id !== newcomer),
  );
});

test('more days before the first change no day after it', async () => {
  const longer = await collect(demoFleet({ ...SMALL, days: SMALL.days + 3 }).events());
  const activity = (all: readonly ActivityEvent[]) =>
    all
      .filter(({ ts, utc_offset_min }) => localDateHour(Date.parse(ts), utc_offset_min).date >= firstDate)
      .map(({ seq: _seq, event_id: _id, ...rest }) => rest);
  assert.ok(longer.length > events.length);
  assert.deepEqual(activity(longer), activity(events));
});

test('numbers the events of every device from 1 without a gap, in the order in which they arrive', () => {
  const last = new Map<string, number>();
  for (const { device_id, seq } of events) {
    assert.equal(seq, (last.get(device_id) ?? 0) + 1);
    last.set(device_id, seq);
  }
  assert.deepEqual(
    new Set(last.keys()),
    new Set(fleet.people.flatMap(({ devices }) => devices.map(({ deviceId }) => deviceId))),
  );
});

test('samples of one device never overlap, and each second holds one figure', () => {
  const seen = new Map<string, number>();
  for (const sample of samples) {
    const startMs = Date.parse(sample.ts);
    assert.equal(new Date(startMs).getUTCSeconds(), sample.from_s);
    assert.ok(
      startMs >= (seen.get(sample.device_id) ?? 0),
      `${sample.event_id} overlaps the sample before it`,
    );
    seen.set(sample.device_id, startMs + (sample.to_s - sample.from_s) * 1000);
    assert.equal(sample.keys?.length, sample.to_s - sample.from_s);
  }
});

test('an idle event says what the samples show', () => {
  for (const { deviceId } of fleet.people.flatMap(({ devices }) => devices)) {
    const busy = busySeconds(samples.filter(({ device_id }) => device_id === deviceId));
    const silences = events.filter((event) => event.device_id === deviceId);
    for (const event of silences) {
      if (event.activity_type !== 'idle' || event.input !== 'any' || event.phase !== 'end') continue;
      const endS = Date.parse(event.ts) / 1000;
      assert.ok(event.duration_s >= 60);
      // The whole seconds in between: input is within the second in which the silence begins, and ends.
      for (let second = Math.floor(endS - event.duration_s) + 1; second < Math.floor(endS); second++) {
        assert.ok(!busy.has(second), `${event.event_id} calls second ${second} silent`);
      }
    }
  }
});

test('titles are as the privacy filter leaves them', () => {
  const titles = new Set(samples.flatMap(({ segments }) => segments.map(({ title }) => title)));
  assert.ok(titles.size > 10);
  for (const title of titles) assert.equal(title, title === null ? null : filterTitle(title, 'redacted'));
});

test('sites are those that the agent tells from the titles', () => {
  const views = new Map<string, Sample['segments'][number]>();
  for (const { segments } of samples)
    for (const view of segments) views.set(`${view.app} ${view.title}`, view);
  for (const { app, site, title } of views.values()) {
    assert.equal(siteFromTitle(app ?? '', title ?? ''), site, `${title} in ${app}`);
  }
});

test('days follow the clock of the zone, before and after it changes', async () => {
  const offsets = async (endDate: string, userId: string) =>
    new Set(
      (await collect(demoFleet({ people: 4, days: 3, endDate }).events()))
        .filter((event) => event.user_id === userId)
        .map((event) => event.utc_offset_min),
    );
  assert.deepEqual(await offsets('2026-10-23', 'ada.demo'), new Set([120]));
  assert.deepEqual(await offsets('2026-10-28', 'ada.demo'), new Set([60]));
  assert.deepEqual(await offsets('2026-10-28', 'dario.demo'), new Set([-240]));
  assert.deepEqual(await offsets('2026-11-04', 'dario.demo'), new Set([-300]));
});

test('people work by day, on their own clock', () => {
  for (const { event_id, ts, utc_offset_min } of samples) {
    const { hour } = localDateHour(Date.parse(ts), utc_offset_min);
    assert.ok(hour >= 7 && hour < 20, `${event_id} is of ${hour} o'clock`);
  }
});

test('everybody has hands of their own', () => {
  const moments = events
    .filter((event) => event.activity_type === 'system' && event.kind === 'start')
    .map(({ ts }) => ts.slice(20));
  assert.ok(new Set(moments).size > moments.length * 0.9, `people start within the same ms: ${moments}`);
});

test('hands move like those of people at work', () => {
  const active = samples.filter(({ distance_px }) => (distance_px ?? []).filter((px) => px > 2).length >= 10);
  const moving = active
    .flatMap(({ distance_px }) => (distance_px ?? []).filter((px) => px > 2))
    .sort((a, b) => a - b);
  const median = moving[Math.floor(moving.length / 2)] ?? 0;
  assert.ok(median > 90 && median < 200, `the median moving second has ${median} px; people have about 140`);
});

test('refuses options that make no fleet', () => {
  assert.throws(() => demoFleet({ people: 0, endDate }), /people is 0; it must be a whole number from 1/);
  assert.throws(() => demoFleet({ days: 1.5, endDate }), /days is 1.5/);
  assert.throws(() => demoFleet({ endDate: '2026-02-30' }), /endDate is "2026-02-30"; it must be a date/);
});

function busySeconds(all: readonly Sample[]): Set<number> {
  const busy = new Set<number>();
  for (const { ts, keys, clicks, scrolls, distance_px } of all) {
    for (let index = 0; index < (keys?.length ?? 0); index++) {
      const input = [keys, clicks, scrolls, distance_px].some((figures) => (figures?.[index] ?? 0) > 0);
      if (input) busy.add(Date.parse(ts) / 1000 + index);
    }
  }
  return busy;
}
