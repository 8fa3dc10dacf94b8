/**
 * The routes, the same on a laptop and behind an API gateway. They only read; who may ask is decided by the host
 * in front of them (the local server's gate, the authorizer in the cloud).
 */
import {
  type AppsReport,
  type DailyReport,
  type DaySummary,
  dayQuery,
  formatUtc,
  type HealthReport,
  type MinuteReport,
  noQuery,
  type RuleSet,
  rangeQuery,
  type StatusReport,
  type TimelineReport,
  type UsersReport,
  userQuery,
} from '@kinetrack/schema';
import { type Context, Hono } from 'hono';
import type { SummaryStore } from '../ports.ts';
import { applicationsOf } from './applications.ts';
import { completenessOf } from './completeness.ts';
import { answerError, answerNotFound } from './errors.ts';
import { rowsOfMinute, verdictsOf } from './explain.ts';
import { findPerson, latestDate, latestOffsetMin, localToday, offsetOf } from './person.ts';
import { readMinute, readQuery, resolveRange } from './query.ts';
import { tallyOf } from './tally.ts';
import { runsOf } from './timeline.ts';
import { trendOf } from './trend.ts';

export interface ApiDeps {
  readonly store: SummaryStore;
  /** Wall clock, ms since 1970. */
  now(): number;
  /** What is captured and delivered; asked at every GET /status. */
  status(): Promise<StatusReport>;
  /** The rules in force: their thresholds stand beside the figures of a verdict. */
  readonly rules: RuleSet;
  /** Whose figures are meant where a question names nobody. */
  readonly defaultUser: string;
  /** Minutes that the host's clock is ahead of UTC; only for a person without any data yet. */
  utcOffsetMin(epochMs: number): number;
  /**
   * Told of every defect that was answered with status 500, for the log: the answer keeps it back.
   * @defaultValue nobody is told
   */
  readonly onDefect?: (error: Error) => void;
}

const TREND_DAYS = 7;

export function createApi(deps: ApiDeps): Hono {
  const { store } = deps;
  const api = new Hono();
  api.onError((error, context) => answerError(error, context, deps.onDefect));
  api.notFound(answerNotFound);

  const personOf = (asked: string | undefined) => findPerson(store, asked, deps.defaultUser);
  /** The person's calendar now. */
  const todayOf = async (person: Awaited<ReturnType<typeof personOf>>) => {
    const nowMs = deps.now();
    const offsetMin = await latestOffsetMin(store, person, deps.utcOffsetMin(nowMs));
    return { today: localToday(nowMs, offsetMin), offsetMin };
  };
  const rangeOf = async (context: Context, defaultDays: number) => {
    const query = readQuery(context, rangeQuery);
    const person = await personOf(query.user);
    const defaultTo = query.to ?? latestDate(person, (await todayOf(person)).today);
    const { from, to } = resolveRange(query, defaultTo, defaultDays);
    return { user: person.user, from, to, rows: await store.hours(person.user, from, to) };
  };
  const dayOf = async (context: Context) => {
    const query = readQuery(context, dayQuery);
    const person = await personOf(query.user);
    const { today, offsetMin } = await todayOf(person);
    const date = query.date ?? latestDate(person, today);
    const rows = await store.minutes(person.user, date);
    return { person, today, date, rows, offsetMin: offsetOf(rows) ?? offsetMin };
  };

  api.get('/health', (context) => {
    readQuery(context, noQuery);
    return context.json<HealthReport>({ status: 'ok', now: formatUtc(deps.now()) });
  });

  api.get('/status', async (context) => {
    readQuery(context, noQuery);
    return context.json<StatusReport>(await deps.status());
  });

  api.get('/users', async (context) => {
    readQuery(context, noQuery);
    return context.json<UsersReport>({ users: [...(await store.users())], default_user: deps.defaultUser });
  });

  api.get('/summary/today', async (context) => {
    const { person, today, date, rows, offsetMin } = await dayOf(context);
    return context.json<DaySummary>({
      user: person.user,
      date,
      today,
      is_today: date === today,
      first_date: person.span?.first ?? null,
      last_date: person.span?.last ?? null,
      utc_offset_min: offsetMin,
      ...tallyOf(rows),
      completeness: completenessOf(rows),
    });
  });

  api.get('/timeline', async (context) => {
    const { person, date, rows, offsetMin } = await dayOf(context);
    return context.json<TimelineReport>({
      user: person.user,
      date,
      utc_offset_min: offsetMin,
      runs: runsOf(rows),
    });
  });

  api.get('/apps', async (context) => {
    const { user, from, to, rows } = await rangeOf(context, 1);
    const apps = applicationsOf(rows);
    return context.json<AppsReport>({ user, from, to, observed_s: tallyOf(rows).observed_s, apps });
  });

  api.get('/daily', async (context) => {
    const { user, from, to, rows } = await rangeOf(context, TREND_DAYS);
    return context.json<DailyReport>({ user, from, to, days: trendOf(rows, from, to) });
  });

  api.get('/minutes/:minute', async (context) => {
    const minute = readMinute(context.req.param('minute'));
    const { user } = await personOf(readQuery(context, userQuery).user);
    const rows = await rowsOfMinute(store, user, minute);
    const { version, interaction, presence } = deps.rules;
    return context.json<MinuteReport>({
      user,
      minute,
      utc_offset_min: offsetOf(rows) ?? null,
      verdicts: verdictsOf(rows),
      rules: { version, interaction, presence },
    });
  });

  return api;
}
