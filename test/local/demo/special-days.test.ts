/** What is out of the ordinary in the fleet, and on which days: told from the plan, not from dates. */
import assert from 'node:assert/strict';
import { type ActivityEvent, addDays, localDateHour } from '@kinetrack/schema';
import { includesDate, isWorkday, nextWorkday, workdaysBefore } from '../../../local/demo/calendar.ts';
import { planDay } from '../../../local/demo/day-plan.ts';
import { type DemoFleet, demoFleet } from '../../../local/demo/fleet.ts';
import type { Traits } from '../../../local/demo/people.ts';
import { randomOf } from '../../../local/demo/random.ts';
import { collect } from '../../support/collect.ts';

const FRIDAY = '2026-11-13';
const fleet = demoFleet({ people: 7, days: 7, endDate: FRIDAY });
const events = await collect(fleet.events());
const datesOf = ({ options: { endDate, days } }: DemoFleet) =>
  Array.from({ length: days }, (_, index) => addDays(endDate, index + 1 - days));
const dateOf = ({ ts, utc_offset_min }: ActivityEvent) => localDateHour(Date.parse(ts), utc_offset_min).date;

/** The one with this special trait, what it is, and what they send. */
function theOneWho<Name extends keyof Traits>(name: Name) {
  const [person, ...others] = fleet.people.filter(({ traits }) => traits[name] !== undefined);
  const trait = person?.traits[name];
  assert.ok(person !== undefined && trait !== undefined && others.length === 0, `${name} is of one person`);
  return { person, trait, sent: events.filter(({ user_id }) => user_id === person.userId) };
}

/** One default fleet for every weekday as its last day. */
const anyDefaultFleet = Array.from({ length: 7 }, (_, later) =>
  demoFleet({ endDate: addDays(FRIDAY, later) }),
);

const atWork = ({ people, options: { seed } }: DemoFleet, date: string): readonly string[] =>
  people
    .filter((person) => planDay(person, date, randomOf(seed, person.userId, date, 'plan'))[0] !== undefined)
    .map(({ userId }) => userId);

test('a fleet of one day shows everybody at work', async () => {
  const oneDay = demoFleet({ days: 1, endDate: FRIDAY });
  const workers = new Set<string>();
  for await (const { activity_type, user_id } of oneDay.events()) {
    if (activity_type === 'sample') workers.add(user_id);
  }
  assert.deepEqual([...workers].sort(), oneDay.people.map(({ userId }) => userId).sort());
});

test('nearly everybody works on every working day, whatever day is the last', () => {
  for (const any of anyDefaultFleet) {
    const { endDate, people } = any.options;
    for (const date of datesOf(any).filter(isWorkday)) {
      const least = date === workdaysBefore(endDate, 0) ? people : people - 2;
      const workers = atWork(any, date);
      assert.ok(workers.length >= least, `${workers.length} work on ${date} of those until ${endDate}`);
    }
  }
});

test('special days begin and end on working days with ordinary ones around them, whatever day is the last', () => {
  for (const any of anyDefaultFleet) {
    const workdays = datesOf(any).filter(isWorkday);
    const ranges = any.people.flatMap(({ traits: { absent, offline, travels } }) =>
      [absent, offline, travels].filter((range) => range !== undefined),
    );
    assert.equal(ranges.length, 4);
    for (const { from, to } of ranges) {
      const [first, last] = [workdays.indexOf(from), workdays.indexOf(to)];
      assert.ok(
        0 < first && first <= last && last < workdays.length - 1,
        `${from} to ${to}, of days until ${any.options.endDate}`,
      );
    }
  }
});

test('hardly anybody works at the weekend', () => {
  const { person } = theOneWho('saturdays');
  const weekend = events.filter((event) => event.activity_type === 'sample' && !isWorkday(dateOf(event)));
  assert.deepEqual([...new Set(weekend.map(({ user_id }) => user_id))], [person.userId]);
});

test('one or two work on a weekend, whatever day is the last', () => {
  for (const any of anyDefaultFleet) {
    const dates = datesOf(any).filter((date) => !isWorkday(date));
    const workers = new Set(dates.flatMap((date) => atWork(any, date)));
    assert.ok([1, 2].includes(workers.size), `${[...workers]} of those until ${any.options.endDate}`);
  }
});

test('a person who is ill sends nothing on those days', () => {
  const { trait: absent, sent } = theOneWho('absent');
  const present = datesOf(fleet).filter((date) => isWorkday(date) && !includesDate(absent, date));
  assert.ok(present.length > 0);
  assert.deepEqual([...new Set(sent.map(dateOf))], present);
});

test('a laptop that was offline sends its two days in one burst, after what others did later', () => {
  const { person, trait: offline } = theOneWho('offline');
  const late = (event: ActivityEvent) =>
    event.user_id === person.userId && includesDate(offline, dateOf(event));
  const first = events.findIndex(late);
  const last = events.findLastIndex(late);
  const burst = events.slice(first, last + 1);
  assert.ok(burst.every(({ device_id }) => device_id === person.devices[0].deviceId));
  assert.deepEqual([...new Set(burst.map(dateOf))], [offline.from, offline.to]);
  assert.ok(events.slice(0, first).some((event) => dateOf(event) > offline.to));
});

test('the jiggler moves the mouse to and fro and does nothing else for two hours of every working day', () => {
  const { sent } = theOneWho('jiggler');
  for (const date of datesOf(fleet).filter(isWorkday)) {
    const afternoon = sent
      .filter((event) => event.activity_type === 'sample')
      .filter(({ ts, utc_offset_min }) => {
        const local = localDateHour(Date.parse(ts), utc_offset_min);
        return local.date === date && (local.hour === 13 || local.hour === 14);
      });
    assert.equal(afternoon.length, 120, date);
    for (const sample of afternoon) {
      assert.ok(sample.distance_px?.every((px) => px === 0 || px === 2));
      assert.ok(sample.distance_px?.some((px) => px === 2));
      assert.equal(sum(sample.keys) + sum(sample.clicks) + sum(sample.scrolls), 0);
    }
  }
});

test('no Friday is too short for the jiggler', () => {
  for (let seed = 0; seed < 30; seed++) {
    const { people, options } = demoFleet({ seed, endDate: FRIDAY });
    const person = people.find(({ traits }) => traits.jiggler);
    assert.ok(person);
    const random = randomOf(seed, person.userId, options.endDate, 'plan');
    const jiggling = planDay(person, options.endDate, random).filter(({ what }) => what === 'jiggling');
    assert.deepEqual(
      jiggling.map(({ fromS, toS }) => toS - fromS),
      [7200],
      `seed ${seed}`,
    );
  }
});

test('a traveller reports the new zone once on the way there and once back', async () => {
  const { person, trait: travels } = theOneWho('travels');
  const changes = (await collect(demoFleet({ people: 6, days: 10, endDate: FRIDAY }).events())).filter(
    (event) => event.activity_type === 'system' && event.kind === 'time_zone',
  );
  assert.deepEqual(
    changes.map((event) => [event.user_id, dateOf(event), event.time_zone]),
    [
      [person.userId, travels.from, 'America/New_York'],
      [person.userId, nextWorkday(travels.to), 'Europe/Berlin'],
    ],
  );
});

const sum = (figures: readonly number[] | null): number =>
  (figures ?? []).reduce((total, one) => total + one, 0);
