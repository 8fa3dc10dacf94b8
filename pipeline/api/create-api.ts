/**
 * The routes of the API, for the local server and API Gateway. The host authenticates the caller
 * (launch token or authorizer). Authorization is decided here, by access-table.ts.
 */
import {
  type AppsReport,
  type DailyReport,
  type DaySummary,
  type DeletionAccepted,
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
import type { Deletions, SummaryStore } from '../lake/ports.ts';
import type { Caller, GuardedRoute, OpenRoute } from './access-table.ts';
import { completenessOf } from './completeness.ts';
import { ApiError, answerError, answerNotFound } from './errors.ts';
import { verdictsOf } from './explain.ts';
import { authorize, type Permit } from './permit.ts';
import { latestOffsetMin, localToday, offsetOf, type Person, personOf } from './person.ts';
import { readConfirmedUser, readDeletionId, readMinute, readQuery, resolveRange } from './read-request.ts';
import { runsOf } from './timeline.ts';
import { applicationsOf, totalsOf, trendOf } from './totals.ts';

export interface ApiDeps {
  readonly store: SummaryStore;
  /**
   * The caller; undefined if not authenticated. `env` is the second argument of `fetch`. The identity
   * must come from `env` or a verified source, never from content that the client controls.
   */
  callerOf(request: Request, env: unknown): Caller | undefined;
  /** Wall clock, ms since 1970. */
  now(): number;
  /** Capture and delivery status; called for each GET /status. */
  status(): Promise<StatusReport>;
  /** The current rules, whose thresholds are shown with a verdict. */
  readonly rules: RuleSet;
  /** Clock offset of the host, in minutes ahead of UTC. Used for a person without data. */
  utcOffsetMin(epochMs: number): number;
  /** @defaultValue deletion routes return 501 */
  readonly deletions?: Deletions;
  /**
   * Called for each error answered with status 500, for the log. The response has no details.
   * @defaultValue errors are not reported
   */
  readonly onDefect?: (error: Error) => void;
}

const TREND_DAYS = 7;

/** Shared by the routes: authorization, and rows of the requested person and period. */
function routerOf(deps: ApiDeps) {
  const { store } = deps;
  const api = new Hono();
  api.onError((error, context) => answerError(error, context, deps.onDefect));
  api.notFound(answerNotFound);

  const open = (route: OpenRoute, answer: (context: Context) => Response) => {
    const [method, path] = methodAndPath(route);
    api.on(method, path, answer);
  };
  /** The handler runs only if the access table allows it. */
  const guarded = (route: GuardedRoute, answer: (context: Context, permit: Permit) => Promise<Response>) => {
    const [method, path] = methodAndPath(route);
    api.on(method, path, (context) =>
      answer(context, authorize(route, deps.callerOf(context.req.raw, context.env))),
    );
  };

  const hostOffsetMin = () => deps.utcOffsetMin(deps.now());
  /** The last date with data, or today without data. */
  const latestDate = async (person: Person) =>
    (await person.span())?.last ?? localToday(deps.now(), hostOffsetMin());
  const rangeOf = async (context: Context, permit: Permit, defaultDays: number) => {
    const query = readQuery(context, rangeQuery);
    const person = personOf(store, permit, query.user);
    const { from, to } = resolveRange(query, query.to ?? (await latestDate(person)), defaultDays);
    const rows = await store.hours(person.user, from, to);
    await person.checkKnown(rows);
    return { user: person.user, from, to, rows };
  };
  const dayOf = async (context: Context, permit: Permit) => {
    const query = readQuery(context, dayQuery);
    const person = personOf(store, permit, query.user);
    const date = query.date ?? (await latestDate(person));
    const rows = await store.minutes(person.user, date);
    await person.checkKnown(rows);
    /** The current offset of the person, from their latest date. */
    const offsetNow = async () =>
      (date === (await person.span())?.last ? offsetOf(rows) : await latestOffsetMin(store, person)) ??
      hostOffsetMin();
    return { person, date, rows, offsetNow };
  };
  return { api, open, guarded, rangeOf, dayOf };
}

export function createApi(deps: ApiDeps): Hono {
  const { store } = deps;
  const router = routerOf(deps);
  const { api, open, guarded } = router;

  open('GET /health', (context) => {
    readQuery(context, noQuery);
    return context.json<HealthReport>({ status: 'ok', now: formatUtc(deps.now()) });
  });

  guarded('GET /status', async (context) => {
    readQuery(context, noQuery);
    return context.json<StatusReport>(await deps.status());
  });

  guarded('GET /users', async (context, { caller, reach }) => {
    readQuery(context, noQuery);
    const users = reach === 'everybody' ? [...(await store.users())] : [caller.userId];
    return context.json<UsersReport>({ users, default_user: caller.userId });
  });

  addFigureRoutes(router, deps);
  addDeletionRoutes(router, deps);
  return api;
}

type Router = ReturnType<typeof routerOf>;

function addFigureRoutes({ guarded, rangeOf, dayOf }: Router, deps: ApiDeps): void {
  const { store } = deps;

  guarded('GET /summary/today', async (context, permit) => {
    const { person, date, rows, offsetNow } = await dayOf(context, permit);
    const offsetMin = await offsetNow();
    const today = localToday(deps.now(), offsetMin);
    const span = await person.span();
    return context.json<DaySummary>({
      user: person.user,
      date,
      today,
      is_today: date === today,
      first_date: span?.first ?? null,
      last_date: span?.last ?? null,
      utc_offset_min: offsetOf(rows) ?? offsetMin,
      ...totalsOf(rows),
      completeness: completenessOf(rows),
    });
  });

  guarded('GET /timeline', async (context, permit) => {
    const { person, date, rows, offsetNow } = await dayOf(context, permit);
    return context.json<TimelineReport>({
      user: person.user,
      date,
      utc_offset_min: offsetOf(rows) ?? (await offsetNow()),
      runs: runsOf(rows),
    });
  });

  guarded('GET /apps', async (context, permit) => {
    const { user, from, to, rows } = await rangeOf(context, permit, 1);
    const apps = applicationsOf(rows);
    return context.json<AppsReport>({ user, from, to, observed_s: totalsOf(rows).observed_s, apps });
  });

  guarded('GET /daily', async (context, permit) => {
    const { user, from, to, rows } = await rangeOf(context, permit, TREND_DAYS);
    return context.json<DailyReport>({ user, from, to, days: trendOf(rows, from, to) });
  });

  guarded('GET /minutes/:minute', async (context, permit) => {
    const minute = readMinute(context.req.param('minute') ?? '');
    const person = personOf(store, permit, readQuery(context, userQuery).user);
    const { user } = person;
    const rows = await store.minute(user, minute);
    await person.checkKnown(rows);
    const { version, interaction, presence } = deps.rules;
    return context.json<MinuteReport>({
      user,
      minute,
      utc_offset_min: offsetOf(rows) ?? null,
      verdicts: verdictsOf(rows),
      rules: { version, interaction, presence },
    });
  });
}

function addDeletionRoutes({ guarded }: Router, deps: ApiDeps): void {
  guarded('DELETE /admin/user/:user', async (context, { caller }) => {
    const user = readConfirmedUser(context);
    const { id } = await deletionsOf(deps).request(user, caller.userId);
    return context.json<DeletionAccepted>({ deletion: id, status: 'accepted' }, 202);
  });

  guarded('GET /admin/deletions/:id', async (context) => {
    const id = readDeletionId(context);
    const receipt = await deletionsOf(deps).find(id);
    if (receipt !== undefined) return context.json(receipt);
    throw new ApiError(
      404,
      'unknown_deletion',
      `deletion ${id}: no receipt yet; try again later, or check the ID in the response to DELETE`,
    );
  });
}

function methodAndPath(route: string): readonly [method: string, path: string] {
  const [method = '', path = ''] = route.split(' ');
  return [method, path];
}

function deletionsOf({ deletions }: ApiDeps): Deletions {
  if (deletions !== undefined) return deletions;
  throw new ApiError(
    501,
    'not_available',
    'this server does not support deletions; use `kinetrack delete USER`',
  );
}
