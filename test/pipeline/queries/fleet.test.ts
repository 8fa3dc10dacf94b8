/** The named queries over a small demo fleet, against the same figures computed another way. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { demoFleet, fillDemoLake, workdayBefore } from '../../../local/demo/index.ts';
import { type DuckDbLake, openLake } from '../../../local/stores/query-engine.ts';
import { NAMED_QUERIES } from '../../../pipeline/queries/named.ts';
import { collect } from '../../support/collect.ts';
import {
  clockOf,
  focusBlocksOf,
  type PersonMinute,
  personMinutes,
  quotient,
  sum,
  tally,
} from '../../support/lake/insight-model.ts';
import { ask, type Row, rowsOf } from '../../support/lake/query-lake.ts';
import { sorted } from '../../support/sorted.ts';

/** One person alone, one with two computers, one who works on Saturdays, one with a jiggler. */
const FLEET = { people: 4, days: 11, endDate: '2026-11-13' };
const PERIOD = { days: 9, until: '2026-11-12' };
const isInPeriod = (date: unknown): boolean => String(date) >= '2026-11-04' && String(date) <= '2026-11-12';
const hoursOf = (seconds: number): number => quotient(seconds, 3600, 2);
const share = (part: number, whole: number): number | null => (whole === 0 ? null : quotient(part, whole, 3));

describe('named queries over a fleet', () => {
  let lakeDir = '';
  let lake: DuckDbLake;
  let hours: Row[] = [];
  let minutes: Row[] = [];
  let people: PersonMinute[] = [];

  beforeAll(async () => {
    lakeDir = await mkdtemp(join(tmpdir(), 'kinetrack-queries-'));
    await fillDemoLake({ lakeDir: join(lakeDir, 'lake'), ...FLEET });
    lake = await openLake({ lakeDir: join(lakeDir, 'lake') });
    hours = (await rowsOf(lake, 'SELECT * FROM hours')).filter((row) => isInPeriod(row.local_date));
    minutes = (await rowsOf(lake, 'SELECT * FROM minutes')).filter((row) => isInPeriod(row.local_date));
    people = personMinutes(await collect(demoFleet(FLEET).events())).filter((minute) =>
      isInPeriod(minute.date),
    );
  });
  afterAll(async () => {
    await lake?.close();
    await rm(lakeDir, { recursive: true, force: true });
  });

  const state = (rows: readonly Row[], name: string): number =>
    sum(
      rows.filter((row) => row.state === name),
      'seconds',
    );

  it('adds the time of each application and site up', async () => {
    const expected = tally(hours, ({ app, site }) => `${String(app)}|${String(site)}`).map((rows) => ({
      app: rows[0]?.app,
      site: rows[0]?.site,
      people: new Set(rows.map(({ user_id }) => user_id)).size,
      observed_h: hoursOf(sum(rows, 'seconds')),
      productive_h: hoursOf(state(rows, 'productive')),
      non_productive_h: hoursOf(state(rows, 'non_productive')),
      unknown_h: 0,
      time_share: share(sum(rows, 'seconds'), sum(hours, 'seconds')),
    }));
    const actual = await ask(lake, 'time-per-application', PERIOD);
    assert.ok(actual.length > 10);
    const order = (row: Row): string => JSON.stringify(row);
    assert.deepEqual(sorted(actual.map(order)), sorted(expected.map(order)));
    const observed = actual.map((row) => Number(row.observed_h));
    assert.deepEqual(
      observed,
      [...observed].sort((a, b) => b - a),
    );
  });

  it('returns a productive share per person and day', async () => {
    const expected = tally(
      hours,
      ({ user_id, local_date }) => `${String(user_id)}|${String(local_date)}`,
    ).map((rows) => ({
      user_id: rows[0]?.user_id,
      local_date: rows[0]?.local_date,
      observed_h: hoursOf(sum(rows, 'seconds')),
      productive_h: hoursOf(state(rows, 'productive')),
      non_productive_h: hoursOf(state(rows, 'non_productive')),
      unknown_h: 0,
      productive_share: share(
        state(rows, 'productive'),
        state(rows, 'productive') + state(rows, 'non_productive'),
      ),
    }));
    assert.deepEqual(await ask(lake, 'productive-share', PERIOD), expected);
  });

  it('finds what of the non-productive list each person used, and for how long', async () => {
    const expected = tally(
      minutes.filter(({ rule }) => rule === 'non_productive_list'),
      ({ user_id, app, site }) => `${String(user_id)}|${String(app)}|${String(site)}`,
    ).map((rows) => {
      const own = minutes.filter(({ user_id }) => user_id === rows[0]?.user_id);
      return `${String(rows[0]?.user_id)} ${String(rows[0]?.site)} ${new Set(rows.map(({ local_date }) => local_date)).size} ${hoursOf(sum(rows, 'seconds'))} ${share(sum(rows, 'seconds'), sum(own, 'seconds'))}`;
    });
    const actual = await ask(lake, 'non-productive-applications', PERIOD);
    const said = actual.map(
      ({ user_id, site, days, listed_h, share_of_observed }) =>
        `${String(user_id)} ${String(site)} ${String(days)} ${String(listed_h)} ${String(share_of_observed)}`,
    );
    assert.deepEqual(sorted(said), sorted(expected));
  });

  it('counts the minutes with input of each person and day', async () => {
    const expected = tally(people, ({ user, date }) => `${user}|${date}`).map((own) => {
      const active = own.filter(({ hasInput }) => hasInput).length;
      return {
        user_id: own[0]?.user,
        local_date: own[0]?.date,
        observed_min: own.length,
        active_min: active,
        meeting_min: own.filter(({ meetingS }) => meetingS >= 30).length,
        activity_level: share(active, own.length),
      };
    });
    assert.deepEqual(await ask(lake, 'activity-level', PERIOD), expected);
  });

  it('divides what hands did by the hours in which they did something', async () => {
    const expected = tally(
      people.filter(({ hasInput }) => hasInput),
      ({ user }) => user,
    ).map((own) => {
      const perHour = (name: 'keys' | 'clicks' | 'scrolls' | 'distancePx'): number =>
        quotient(60 * own.reduce((all, minute) => all + minute[name], 0), own.length, 0);
      return {
        user_id: own[0]?.user,
        days: new Set(own.map(({ date }) => date)).size,
        active_min: own.length,
        keys_per_h: perHour('keys'),
        clicks_per_h: perHour('clicks'),
        scrolls_per_h: perHour('scrolls'),
        distance_px_per_h: perHour('distancePx'),
      };
    });
    assert.deepEqual(await ask(lake, 'interaction-intensity', PERIOD), expected);
  });

  it('frames each day by its first and last activity, and finds the breaks', async () => {
    const expected = tally(
      people.filter(({ hasInput, meetingS }) => hasInput || meetingS > 0),
      ({ user, date }) => `${user}|${date}`,
    ).map((own) => {
      const first = own[0];
      const last = own.at(-1);
      const pauses = own.slice(1).map((minute, index) => minute.number - (own[index]?.number ?? 0) - 1);
      const breaks = pauses.filter((pause) => pause >= 15);
      return {
        user_id: first?.user,
        local_date: first?.date,
        first_activity: clockOf(first),
        last_activity: clockOf(last),
        span_min: (last?.number ?? 0) - (first?.number ?? 0) + 1,
        active_min: own.length,
        breaks: breaks.length,
        breaks_min: breaks.reduce((all, pause) => all + pause, 0),
        longest_break_min: breaks.length === 0 ? null : Math.max(...breaks),
      };
    });
    assert.deepEqual(await ask(lake, 'working-day', PERIOD), expected);
  });

  it('finds the five longest productive runs of each person', async () => {
    assert.deepEqual(await ask(lake, 'focus-blocks', PERIOD), focusBlocksOf(minutes));
  });

  it('spreads the time over hours of the day and days of the week', async () => {
    const byHour = (await ask(lake, 'hour-of-day', PERIOD)).map(
      ({ local_hour, person_days, people: who, observed_h, productive_share }) => [
        local_hour,
        person_days,
        who,
        observed_h,
        productive_share,
      ],
    );
    const cell = (rows: readonly Row[]) => [
      new Set(rows.map(({ user_id, local_date }) => `${String(user_id)}|${String(local_date)}`)).size,
      new Set(rows.map(({ user_id }) => user_id)).size,
    ];
    const judged = (rows: readonly Row[]) => share(state(rows, 'productive'), sum(rows, 'seconds'));
    assert.deepEqual(
      byHour,
      tally(hours, ({ local_hour }) => String(local_hour).padStart(2, '0')).map((rows) => [
        rows[0]?.local_hour,
        ...cell(rows),
        hoursOf(sum(rows, 'seconds')),
        judged(rows),
      ]),
    );
    const weekdayOf = (date: unknown): number => new Date(`${String(date)}T00:00:00Z`).getUTCDay() || 7;
    assert.deepEqual(
      (await ask(lake, 'weekday', PERIOD)).map((row) => Object.values(row)),
      tally(hours, ({ local_date }) => String(weekdayOf(local_date))).map((rows) => {
        const [days = 0, who] = cell(rows);
        const weekday = weekdayOf(rows[0]?.local_date);
        return [
          weekday,
          ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'][weekday - 1],
          days,
          who,
          quotient(sum(rows, 'seconds'), 3600 * days, 2),
          quotient(state(rows, 'productive'), 3600 * days, 2),
          judged(rows),
        ];
      }),
    );
  });

  it('says in words that can be checked how a week differs from the one before', async () => {
    const weeks = await ask(lake, 'week-over-week', { days: 9, until: '2026-11-13', userId: 'ada.demo' });
    assert.deepEqual(
      weeks.map(({ week, days }) => [week, days]),
      [
        ['2026-11-02', 2],
        ['2026-11-09', 5],
      ],
    );
    const [before, after] = weeks;
    assert.equal(before?.change_h_per_day, null);
    const change = Number(after?.productive_h_per_day) - Number(before?.productive_h_per_day);
    assert.equal(after?.change_h_per_day, quotient(change, 1, 2));
    assert.equal(
      after?.change_share,
      quotient(Number(after?.productive_share) - Number(before?.productive_share), 1, 3),
    );
  });

  it('finds the jiggler on each afternoon that it ran, and suspects nobody else', async () => {
    const rows = await ask(lake, 'suspected-scripting', PERIOD);
    assert.deepEqual(
      rows.map(({ user_id, local_date, what }) => [user_id, local_date, what]),
      ['04', '05', '06', '09', '10', '11', '12'].map((day) => ['dario.demo', `2026-11-${day}`, 'mouse']),
    );
    for (const row of rows) {
      assert.ok(Number(row.minutes) >= 120 && Number(row.minutes) <= 125, JSON.stringify(row));
      assert.ok([3, 5, 10, 30].includes(Number(row.step_s)));
      assert.ok(Number(row.even_steps) >= 0.98);
    }
  });

  for (const until of ['2026-11-14', '2026-11-15', '2026-11-16']) {
    it(`has rows for every named query up to ${until}, a day on which a new demo would end like this one`, async () => {
      assert.equal(workdayBefore(until), FLEET.endDate);
      for (const { name } of NAMED_QUERIES) {
        assert.ok((await ask(lake, name, { until })).length > 0, name);
      }
    });
  }

  it('has every number of every device of a person', async () => {
    const rows = await ask(lake, 'completeness', { ...PERIOD, userId: 'ben.demo' });
    const present = rows.filter(({ status }) => status === 'present');
    assert.equal(new Set(present.map(({ device_id }) => device_id)).size, 2);
    assert.deepEqual(
      rows.filter(({ status }) => status === 'missing'),
      [],
    );
  });
});
