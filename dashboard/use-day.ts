/** Everything about the chosen day, loaded together and again every ten seconds. What is on the page stays until the new answer is there. */
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
import type { Choice } from './use-choice.ts';

const REFRESH_MS = 10_000;

export interface Day {
  readonly summary: DaySummary;
  readonly timeline: TimelineReport;
  readonly apps: AppsReport;
  readonly daily: DailyReport;
  readonly status: StatusReport;
  readonly users: UsersReport;
}

export interface DayState {
  /** The last good answer; undefined before the first. */
  readonly day: Day | undefined;
  /** Why the latest attempt failed. */
  readonly failure: ApiFailure | undefined;
  /** Between a choice and its answer; a refresh does not count. */
  readonly busy: boolean;
  retry(): void;
}

export function useDay({ user, date }: Choice): DayState {
  const client = useApi();
  const [day, setDay] = useState<Day>();
  const [failure, setFailure] = useState<ApiFailure>();
  const [busy, setBusy] = useState(true);
  const load = useRef<() => void>(() => undefined);

  useEffect(() => {
    let running: AbortController | undefined;
    let stopped = false;
    const reload = async () => {
      running?.abort();
      const mine = new AbortController();
      running = mine;
      try {
        const answer = await loadDay(client, { user, date }, mine.signal);
        if (stopped || mine.signal.aborted) return;
        setDay((shown) => keepUnchanged(shown, answer));
        setFailure(undefined);
      } catch (error) {
        if (stopped || mine.signal.aborted) return;
        setFailure(
          error instanceof ApiFailure ? error : new ApiFailure('refused', `The page failed: ${error}`, error),
        );
      }
      running = undefined;
      setBusy(false);
    };
    // A slow answer is waited for, not asked for again: otherwise a store slower than the interval would never show.
    const refresh = () => {
      if (!document.hidden && running === undefined) void reload();
    };
    load.current = () => void reload();
    setBusy(true);
    void reload();
    const timer = setInterval(refresh, REFRESH_MS);
    document.addEventListener('visibilitychange', refresh);
    return () => {
      stopped = true;
      clearInterval(timer);
      document.removeEventListener('visibilitychange', refresh);
      running?.abort();
    };
  }, [client, user, date]);

  const retry = useCallback(() => load.current(), []);
  return { day, failure, busy, retry };
}

async function loadDay(client: ApiClient, choice: Choice, signal: AbortSignal): Promise<Day> {
  const [summary, users, status] = await Promise.all([
    client.summary(choice.user, choice.date, signal),
    client.users(signal),
    client.status(signal),
  ]);
  const { user, date } = summary;
  const [timeline, apps, daily] = await Promise.all([
    client.timeline(user, date, signal),
    client.apps(user, date, signal),
    client.daily(user, date, signal),
  ]);
  return { summary, timeline, apps, daily, status, users };
}

/** Parts that are as before stay the same objects, so that a refresh redraws no chart that somebody is reading. */
function keepUnchanged(shown: Day | undefined, answer: Day): Day {
  if (shown === undefined) return answer;
  const keep = <Part>(before: Part, now: Part): Part =>
    JSON.stringify(before) === JSON.stringify(now) ? before : now;
  return {
    summary: keep(shown.summary, answer.summary),
    timeline: keep(shown.timeline, answer.timeline),
    apps: keep(shown.apps, answer.apps),
    daily: keep(shown.daily, answer.daily),
    status: keep(shown.status, answer.status),
    users: keep(shown.users, answer.users),
  };
}
