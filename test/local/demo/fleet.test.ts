import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ActivityEvent, localDateHour, parseEvent, type Sample } from '@kinetrack/schema';
import { siteFromTitle } from '../../../agent/src/enrich/site-from-title.ts';
import { filterTitle } from '../../../agent/src/privacy/title-filter.ts';
import { demoFleet } from '../../../local/demo/fleet.ts';

const SMALL = { people: 7, days: 7 } as const;
const fleet = demoFleet(SMALL);
const events = [...fleet.events()];
const samples = events.filter((event) => event.activity_type === 'sample');
const personNamed = (start: string) => {
  const person = fleet.people.find(({ userId }) => userId.startsWith(start));
  assert.ok(person, `nobody is called ${start}`);
  return person;
};
const of = (userId: string, all: readonly ActivityEvent[] = events) =>
  all.filter((event) => event.user_id === userId);

test('every event of the fleet is valid', () => {
  for (const event of events) {
    const parsed = parseEvent(event);
    assert.ok(parsed.ok, parsed.ok ? '' : `${event.event_id}: ${parsed.message}`);
  }
});

test('the same options give the same events, another seed gives others', () => {
  const lines = (options: Parameters<typeof demoFleet>[0]) =>
    [...demoFleet(options).events()].map((event) => JSON.stringify(event)).join('\n');
  assert.equal(lines({ people: 3, days: 2 }), lines({ people: 3, days: 2 }));
  assert.notEqual(lines({ people: 3, days: 2 }), lines({ people: 3, days: 2, seed: 2 }));
});

test('one more person changes nothing for the others', () => {
  const newcomer = fleet.people.at(-1)?.userId;
  const smaller = [...demoFleet({ ...SMALL, people: SMALL.people - 1 }).events()];
  assert.deepEqual(
    smaller,
    events.filter(({ user_id }) => user_id !== newcomer),
  );
});

test('more days before the first change no day after it', () => {
  const longer = [...demoFleet({ ...SMALL, days: SMALL.days + 3 }).events()];
  const activity = (all: readonly ActivityEvent[]) =>
    of('ada.demo', all)
      .filter(({ ts }) => ts >= '2026-11-10')
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
      for (let second = endS - event.duration_s; second < endS; second++) {
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

test('days follow the clock of the zone, before and after it changes', () => {
  const offsets = (endDate: string, userId: string) =>
    new Set(
      of(userId, [...demoFleet({ people: 4, days: 3, endDate }).events()]).map(
        (event) => event.utc_offset_min,
      ),
    );
  assert.deepEqual(offsets('2026-10-23', 'ada.demo'), new Set([120]));
  assert.deepEqual(offsets('2026-10-28', 'ada.demo'), new Set([60]));
  assert.deepEqual(offsets('2026-10-28', 'dario.demo'), new Set([-240]));
  assert.deepEqual(offsets('2026-11-04', 'dario.demo'), new Set([-300]));
});

test('people work by day, on their own clock', () => {
  for (const { event_id, ts, utc_offset_min } of samples) {
    const { hour } = localDateHour(Date.parse(ts), utc_offset_min);
    assert.ok(hour >= 7 && hour < 20, `${event_id} is of ${hour} o'clock`);
  }
});

test('everybody has hands of their own', () => {
  const moments = events
    .filter((event) => event.activity_type === 'system' && event.kind === 'start' && event.ts > '2026-11-10')
    .map(({ ts }) => ts.slice(20));
  assert.ok(new Set(moments).size > moments.length * 0.9, `people start within the same ms: ${moments}`);
});

test('hardly anybody works at the weekend', () => {
  const weekend = new Set(samples.filter(({ ts }) => ts >= '2026-11-14').map(({ user_id }) => user_id));
  assert.deepEqual([...weekend], ['cleo.demo']);
});

test('whoever is ill sends nothing on those days', () => {
  const days = new Set(of('greta.demo').map(({ ts }) => ts.slice(0, 10)));
  assert.deepEqual(days, new Set(['2026-11-09', '2026-11-10', '2026-11-13']));
});

test('a laptop that was offline sends its two days in one burst, after what others did later', () => {
  const { userId, devices } = personNamed('edda');
  const offline = (event: ActivityEvent) =>
    event.user_id === userId && ['2026-11-10', '2026-11-11'].includes(event.ts.slice(0, 10));
  const first = events.findIndex(offline);
  const last = events.findLastIndex(offline);
  assert.ok(first !== -1);
  assert.ok(events.slice(first, last + 1).every(({ device_id }) => device_id === devices[0].deviceId));
  assert.ok(events.slice(0, first).some(({ ts }) => ts > '2026-11-12'));
});

test('the jiggler moves the mouse to and fro and does nothing else for two hours', () => {
  const afternoon = of('dario.demo').filter(
    (event): event is Sample =>
      event.activity_type === 'sample' && event.ts >= '2026-11-10T18:00' && event.ts < '2026-11-10T20:00',
  );
  assert.equal(afternoon.length, 120);
  for (const sample of afternoon) {
    assert.ok(sample.distance_px?.every((px) => px === 0 || px === 2));
    assert.ok(sample.distance_px?.some((px) => px === 2));
    assert.equal(sum(sample.keys) + sum(sample.clicks) + sum(sample.scrolls), 0);
  }
});

test('a traveller reports the new zone once on the way there and once back', () => {
  const journey = [...demoFleet({ people: 6, days: 10 }).events()].filter(
    (event) => event.activity_type === 'system' && event.kind === 'time_zone',
  );
  assert.deepEqual(
    journey.map(({ user_id, ts, time_zone }) => [user_id, ts.slice(0, 10), time_zone]),
    [
      ['finn.demo', '2026-11-09', 'America/New_York'],
      ['finn.demo', '2026-11-13', 'Europe/Berlin'],
    ],
  );
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
  assert.throws(() => demoFleet({ people: 0 }), /people is 0; it must be a whole number from 1/);
  assert.throws(() => demoFleet({ days: 1.5 }), /days is 1.5/);
  assert.throws(() => demoFleet({ endDate: '2026-02-30' }), /endDate is "2026-02-30"; it must be a date/);
});

const sum = (figures: readonly number[] | null): number =>
  (figures ?? []).reduce((total, one) => total + one, 0);

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
