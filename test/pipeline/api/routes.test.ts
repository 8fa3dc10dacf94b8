import assert from 'node:assert/strict';
import {
  apiErrorBody,
  appsReport,
  DEFAULT_RULES,
  dailyReport,
  daySummary,
  healthReport,
  type MinuteRow,
  minuteReport,
  type StatusReport,
  statusReport,
  timelineReport,
  usersReport,
} from '@kinetrack/schema';
import { createApi } from '../../../pipeline/api/index.ts';
import { MemorySummaryStore } from '../../support/lake/memory-summary-store.ts';
import { ADA, BELIEVABLE_APPS, believableDay, minuteOf } from '../../support/lake/rollup-rows.ts';

const STATUS: StatusReport = { recording: 'off', note: null, captures: [], delivery: null };

function apiOver(rows: readonly MinuteRow[], nowUtc = '2026-11-20T18:00:00.000Z', utcOffsetMin = 60) {
  const api = createApi({
    store: new MemorySummaryStore(rows),
    now: () => Date.parse(nowUtc),
    status: () => Promise.resolve(STATUS),
    rules: DEFAULT_RULES,
    callerOf: () => ({ userId: ADA, roles: ['admin'] }),
    utcOffsetMin: () => utcOffsetMin,
  });
  return async (path: string, expectedStatus = 200): Promise<unknown> => {
    const response = await api.request(path);
    assert.equal(response.status, expectedStatus, path);
    return response.json();
  };
}

describe('GET /summary/today', () => {
  it('adds up the seconds of every state and what was counted in them', async () => {
    const get = apiOver([
      minuteOf('2026-11-20T09:00:00.000Z', { seconds: 45 }),
      minuteOf('2026-11-20T09:00:00.000Z', { seconds: 15, app: 'vlc', state: 'non_productive', keys: 0 }),
      minuteOf('2026-11-20T09:01:00.000Z', { state: 'unknown', keys: 0, clicks: 0 }),
    ]);
    const summary = daySummary.parse(await get('/summary/today'));
    assert.equal(summary.observed_s, 120);
    assert.equal(summary.productive_s, 45);
    assert.equal(summary.non_productive_s, 15);
    assert.equal(summary.unknown_s, 60);
    assert.deepEqual([summary.keys, summary.clicks, summary.scrolls, summary.distance_px], [40, 4, 3, 900]);
  });

  it('uses the current date of the person, not of the server', async () => {
    // 23:30 UTC on the 20th is already the 21st for a person two hours ahead.
    const get = apiOver(
      [minuteOf('2026-11-20T22:30:00.000Z', { utc_offset_min: 120 })],
      '2026-11-20T23:30:00.000Z',
      -300,
    );
    const summary = daySummary.parse(await get('/summary/today'));
    assert.equal(summary.today, '2026-11-21');
    assert.equal(summary.date, '2026-11-21');
    assert.equal(summary.is_today, true);
  });

  it('shows the last day with data if today has none, and reports that', async () => {
    const get = apiOver(believableDay('2026-11-18'));
    const summary = daySummary.parse(await get('/summary/today'));
    assert.equal(summary.date, '2026-11-18');
    assert.equal(summary.today, '2026-11-20');
    assert.equal(summary.is_today, false);
    assert.equal(summary.last_date, '2026-11-18');
  });

  it('answers zeros and no completeness before the first minute', async () => {
    const summary = daySummary.parse(await apiOver([])('/summary/today'));
    assert.equal(summary.observed_s, 0);
    assert.equal(summary.completeness, null);
    assert.equal(summary.first_date, null);
    assert.equal(summary.utc_offset_min, 60);
    assert.equal(summary.is_today, true);
  });

  it('counts the seconds between the first and the last observed one that were not observed', async () => {
    const get = apiOver([
      minuteOf('2026-11-20T09:00:00.000Z', { seconds: 20 }),
      minuteOf('2026-11-20T09:01:00.000Z', { seconds: 60 }),
      minuteOf('2026-11-20T09:03:00.000Z', { seconds: 40 }),
    ]);
    const { completeness } = daySummary.parse(await get('/summary/today'));
    assert.equal(completeness?.covered_s, 120);
    assert.equal(completeness?.span_s, 180);
    assert.equal(completeness?.from, '2026-11-20T09:00:40.000Z');
    assert.equal(completeness?.to, '2026-11-20T09:03:40.000Z');
    assert.match(completeness?.explanation ?? '', /120 of the 180 seconds/);
  });

  it('never covers a minute with more than 60 seconds when two devices observe at once', async () => {
    const other = 'c0a8d6a2-7f0e-4b6e-9d3c-2a5f1b7e9c44';
    const get = apiOver([
      minuteOf('2026-11-20T09:00:00.000Z'),
      minuteOf('2026-11-20T09:00:00.000Z', { device_id: other }),
      minuteOf('2026-11-20T09:01:00.000Z'),
    ]);
    const { completeness } = daySummary.parse(await get('/summary/today'));
    assert.equal(completeness?.covered_s, 120);
    assert.equal(completeness?.ratio, 1);
  });
});

describe('GET /apps', () => {
  it('lists applications by seconds, with the sites inside a browser', async () => {
    const get = apiOver(believableDay('2026-11-20'));
    const { apps, observed_s } = appsReport.parse(await get('/apps?from=2026-11-20&to=2026-11-20'));
    assert.deepEqual(
      apps.map(({ app, observed_s: seconds }) => [app, seconds / 60]),
      BELIEVABLE_APPS,
    );
    assert.equal(
      observed_s,
      apps.reduce((sum, { observed_s: seconds }) => sum + seconds, 0),
    );
    const firefox = apps.find(({ app }) => app === 'Firefox');
    assert.deepEqual(
      firefox?.sites.map(({ site }) => site),
      ['Google Meet', 'Wikipedia', 'GitHub', 'Reddit', 'YouTube'],
    );
    assert.equal(firefox?.non_productive_s, 17 * 60);
  });

  it('keeps seconds without a known window under null', async () => {
    const get = apiOver([minuteOf('2026-11-20T09:00:00.000Z', { app: null })]);
    assert.equal(appsReport.parse(await get('/apps')).apps[0]?.app, null);
  });
});

describe('GET /daily', () => {
  it('answers seven days ending at the last one with data, empty days included', async () => {
    const get = apiOver([...believableDay('2026-11-16'), ...believableDay('2026-11-20')]);
    const { days, from, to } = dailyReport.parse(await get('/daily'));
    assert.deepEqual([from, to], ['2026-11-14', '2026-11-20']);
    assert.deepEqual(
      days.map(({ observed_s }) => observed_s > 0),
      [false, false, true, false, false, false, true],
    );
  });
});

describe('GET /timeline', () => {
  it('joins neighbouring minutes that look the same and names the gaps', async () => {
    const get = apiOver(believableDay('2026-11-20'));
    const { runs } = timelineReport.parse(await get('/timeline'));
    assert.equal(runs.length, 16);
    assert.deepEqual(runs[7], {
      ...{ state: 'not_observed', app: null, site: null, observed_s: 0 },
      from: '2026-11-20T11:18:00.000Z',
      to: '2026-11-20T12:07:00.000Z',
    });
    for (const [index, run] of runs.entries()) assert.equal(run.from, runs[index - 1]?.to ?? run.from);
  });

  it('draws a mixed minute with the state and the window of most of its seconds', async () => {
    const minute = '2026-11-20T09:00:00.000Z';
    const get = apiOver([
      minuteOf(minute, { seconds: 25, app: 'Terminal' }),
      minuteOf(minute, { seconds: 10, app: 'Code' }),
      minuteOf(minute, { seconds: 20, app: 'vlc', state: 'non_productive' }),
    ]);
    const { runs } = timelineReport.parse(await get('/timeline'));
    assert.deepEqual(
      runs.map(({ state, app, observed_s }) => [state, app, observed_s]),
      [['productive', 'Terminal', 55]],
    );
  });
});

describe('GET /minutes/<minute>', () => {
  it('explains every verdict of the minute with rule, reason, inputs and version', async () => {
    const minute = '2026-11-20T09:00:00.000Z';
    const get = apiOver([
      minuteOf(minute, { seconds: 20, app: 'vlc', state: 'non_productive', rule: 'non_productive_list' }),
      minuteOf(minute, { seconds: 40 }),
    ]);
    const report = minuteReport.parse(await get(`/minutes/${minute}`));
    assert.deepEqual(
      report.verdicts.map(({ rule, seconds }) => [rule, seconds]),
      [
        ['interaction', 40],
        ['non_productive_list', 20],
      ],
    );
    assert.equal(report.verdicts[0]?.inputs.moving_s, 9);
    assert.equal(report.verdicts[0]?.rules_version, 'default-1');
    assert.equal(report.rules.interaction.min_keys, 5);
  });

  it("finds a minute whose date on the person's clock is not the UTC date", async () => {
    const minute = '2026-11-20T03:00:00.000Z';
    const get = apiOver([minuteOf(minute, { utc_offset_min: -480 })]);
    assert.equal(minuteReport.parse(await get(`/minutes/${minute}`)).verdicts.length, 1);
  });

  it('answers a minute that was not observed with no verdicts', async () => {
    const report = minuteReport.parse(await apiOver([])('/minutes/2026-11-20T09:00:00.000Z'));
    assert.deepEqual(report.verdicts, []);
    assert.equal(report.utc_offset_min, null);
  });

  it('shows inputs that are not a JSON object as they are', async () => {
    const minute = '2026-11-20T09:00:00.000Z';
    const get = apiOver([minuteOf(minute, { inputs: 'keys=4' })]);
    const report = minuteReport.parse(await get(`/minutes/${minute}`));
    assert.deepEqual(report.verdicts[0]?.inputs, { text: 'keys=4' });
  });
});

describe('the other routes', () => {
  it('answers health, users and status', async () => {
    const get = apiOver([
      minuteOf('2026-11-20T09:00:00.000Z'),
      minuteOf('2026-11-20T09:00:00.000Z', { user_id: 'bob' }),
    ]);
    assert.equal(healthReport.parse(await get('/health')).now, '2026-11-20T18:00:00.000Z');
    assert.deepEqual(usersReport.parse(await get('/users')), { users: [ADA, 'bob'], default_user: ADA });
    assert.deepEqual(statusReport.parse(await get('/status')), STATUS);
  });

  it('reports internal errors to the host and not in the answer', async () => {
    const store = new MemorySummaryStore();
    store.users = () => Promise.reject(new Error('cannot open /home/ada/lake/part-0.parquet'));
    const defects: string[] = [];
    const api = createApi({
      onDefect: (error) => defects.push(error.message),
      ...{ store, now: () => 0, status: () => Promise.resolve(STATUS), rules: DEFAULT_RULES },
      ...{ callerOf: () => ({ userId: ADA, roles: ['admin'] }), utcOffsetMin: () => 0 },
    });
    const response = await api.request('/users');
    assert.equal(response.status, 500);
    const { error } = apiErrorBody.parse(await response.json());
    assert.equal(error.code, 'internal');
    assert.doesNotMatch(error.message, /parquet/);
    assert.deepEqual(defects, ['cannot open /home/ada/lake/part-0.parquet']);
  });
});

describe('a question that cannot be answered', () => {
  const cases: readonly (readonly [path: string, status: number, code: string, message: RegExp])[] = [
    ['/summary/today?date=2026-02-31', 400, 'invalid_query', /date "2026-02-31": must be a date .* omit it/],
    ['/timeline?date=yesterday', 400, 'invalid_query', /date "yesterday"/],
    [
      '/summary/today?dat=2026-11-20',
      400,
      'invalid_query',
      /"dat": unknown; known parameters are user, date/,
    ],
    ['/health?x=1', 400, 'invalid_query', /"x": unknown; this route has no parameters/],
    ['/apps?from=2026-11-20&from=2026-11-21', 400, 'invalid_query', /from: set 2 times; set it once/],
    [
      '/apps?from=2026-11-21&to=2026-11-20',
      400,
      'invalid_query',
      /"2026-11-21": must not be after to \(2026/,
    ],
    ['/daily?from=2020-01-01&to=2026-11-20', 400, 'invalid_query', /spans 2516 days; the maximum is 366/],
    ['/summary/today?user=', 400, 'invalid_query', /user "": must name a person/],
    ['/summary/today?user=zoe', 404, 'unknown_user', /"zoe": no data; GET \/users/],
    ['/minutes/2026-11-20T09:00:30.000Z', 400, 'invalid_minute', /must be the start of a minute/],
    ['/minutes/soon', 400, 'invalid_minute', /minute "soon": must be UTC/],
    ['/summary', 404, 'not_found', /GET \/summary: no such route; the routes are/],
  ];
  for (const [path, status, code, message] of cases) {
    it(`answers ${path} with the value, the rule and the remedy`, async () => {
      const { error } = apiErrorBody.parse(await apiOver([])(path, status));
      assert.equal(error.code, code);
      assert.match(error.message, message);
    });
  }
});
