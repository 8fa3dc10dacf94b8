/** Loads all data of the selected day and refreshes it. The previous data stays visible until new data arrives. */
import type {
  AppsReport,
  DailyReport,
  DaySummary,
  StatusReport,
  TimelineReport,
  UsersReport,
} from '@kinetrack/schema';
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { type ApiClient, ApiFailure } from './api-client.ts';
import { useApi } from './use-api.ts';
import type { Selection } from './use-selection.ts';

export interface RefreshPolicy {
  /** From a response to the next request, while the page is visible. */
  readonly refreshMs: number;
  /** From a failure to the next attempt. A page that becomes visible after this time refreshes at once. */
  readonly retryMs: number;
  /**
   * Requests only the summary, and the rest if the summary has changed. Never refreshes a past day. Requests
   * the list of people only after a selection.
   */
  readonly isIncremental: boolean;
}

/** Requests to a local server cost nothing. */
export const LOCAL_REFRESH: RefreshPolicy = { refreshMs: 10_000, retryMs: 10_000, isIncremental: false };
/** Requests cost money, and new figures arrive every five minutes: docs/performance.md. */
export const CLOUD_REFRESH: RefreshPolicy = { refreshMs: 120_000, retryMs: 30_000, isIncremental: true };

export interface Day {
  readonly summary: DaySummary;
  readonly timeline: TimelineReport;
  readonly apps: AppsReport;
  readonly daily: DailyReport;
  readonly status: StatusReport;
  readonly users: UsersReport;
}

export interface DayState {
  /** The last successful response; undefined before the first. */
  readonly day: Day | undefined;
  /** Error of the latest attempt. */
  readonly failure: ApiFailure | undefined;
  /** True between a selection and its response. Refreshes do not count. */
  readonly busy: boolean;
  retry(): void;
}

export function useDay({ user, date }: Selection, policy: RefreshPolicy): DayState {
  const client = useApi();
  const [day, setDay] = useState<Day>();
  const [failure, setFailure] = useState<ApiFailure>();
  const [busy, setBusy] = useState(true);
  const load = useRef<() => void>(() => undefined);

  useEffect(() => {
    let running: AbortController | undefined;
    let stopped = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let endedMs = 0;
    /** The last response for this selection. */
    let latest: Day | undefined;
    const reload = async () => {
      running?.abort();
      clearTimeout(timer);
      const mine = new AbortController();
      running = mine;
      let waitMs = policy.refreshMs;
      try {
        const answer = await loadDay(
          client,
          { user, date },
          policy.isIncremental ? latest : undefined,
          mine.signal,
        );
        if (stopped || mine.signal.aborted) return;
        latest = answer;
        setDay((shown) => keepUnchanged(shown, answer));
        setFailure(undefined);
      } catch (error) {
        if (stopped || mine.signal.aborted) return;
        setFailure(
          error instanceof ApiFailure ? error : new ApiFailure('refused', `The page failed: ${error}`, error),
        );
        waitMs = policy.retryMs;
      }
      running = undefined;
      endedMs = Date.now();
      timer = setTimeout(refresh, waitMs);
      setBusy(false);
    };
    // Timed from the response: a slow request must not be repeated before it completes.
    const refresh = () => {
      const isOver = policy.isIncremental && date !== undefined && latest?.summary.is_today === false;
      if (!document.hidden && running === undefined && !isOver) void reload();
    };
    const onVisibilityChange = () => {
      if (Date.now() - endedMs >= policy.retryMs) refresh();
    };
    load.current = () => void reload();
    setBusy(true);
    void reload();
    document.addEventListener('visibilitychange', onVisibilityChange);
    return () => {
      stopped = true;
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', onVisibilityChange);
      running?.abort();
    };
  }, [client, policy, user, date]);

  const retry = useCallback(() => load.current(), []);
  return { day, failure, busy, retry };
}

/** @param known an earlier response for the same selection: if the summary is unchanged, so is the rest */
async function loadDay(
  client: ApiClient,
  selection: Selection,
  known: Day | undefined,
  signal: AbortSignal,
): Promise<Day> {
  if (known !== undefined) {
    const summary = await client.summary(selection.user, selection.date, signal);
    if (isSame(summary, known.summary)) return known;
    return { ...known, summary, ...(await loadFigures(client, summary, signal)) };
  }
  const [summary, users, status] = await Promise.all([
    client.summary(selection.user, selection.date, signal),
    client.users(signal),
    client.status(signal),
  ]);
  return { summary, ...(await loadFigures(client, summary, signal)), status, users };
}

async function loadFigures(client: ApiClient, { user, date }: DaySummary, signal: AbortSignal) {
  const [timeline, apps, daily] = await Promise.all([
    client.timeline(user, date, signal),
    client.apps(user, date, signal),
    client.daily(user, date, signal),
  ]);
  return { timeline, apps, daily };
}

/** Keeps the identity of unchanged parts, so that a refresh does not redraw their charts. */
function keepUnchanged(shown: Day | undefined, answer: Day): Day {
  if (shown === undefined) return answer;
  const keep = <Part>(before: Part, now: Part): Part => (isSame(before, now) ? before : now);
  return {
    summary: keep(shown.summary, answer.summary),
    timeline: keep(shown.timeline, answer.timeline),
    apps: keep(shown.apps, answer.apps),
    daily: keep(shown.daily, answer.daily),
    status: keep(shown.status, answer.status),
    users: keep(shown.users, answer.users),
  };
}

const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);
