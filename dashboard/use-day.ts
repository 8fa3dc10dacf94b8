/** Everything about the chosen day, loaded together and again at the pace of the site. What is on the page stays until the new answer is there. */
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

export interface Pace {
  /** From one answer to the next question, while the page can be seen. */
  readonly refreshMs: number;
  /** From a failure to the next attempt; and a page that comes back into sight asks where it has waited so long. */
  readonly retryMs: number;
  /**
   * Asks for the summary alone, and for the rest where that has changed; for a day that is over not again by itself.
   * Who can be shown is asked for with every choice.
   */
  readonly isSparing: boolean;
}

/** The server is this computer: nothing is dearer than an old figure. */
export const AT_HOME: Pace = { refreshMs: 10_000, retryMs: 10_000, isSparing: false };
/** Every question is paid for, and new figures come every five minutes: docs/performance.md. */
export const IN_THE_CLOUD: Pace = { refreshMs: 120_000, retryMs: 30_000, isSparing: true };

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

export function useDay({ user, date }: Choice, pace: Pace): DayState {
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
    /** The last answer to this choice. */
    let latest: Day | undefined;
    const reload = async () => {
      running?.abort();
      clearTimeout(timer);
      const mine = new AbortController();
      running = mine;
      let waitMs = pace.refreshMs;
      try {
        const answer = await loadDay(
          client,
          { user, date },
          pace.isSparing ? latest : undefined,
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
        waitMs = pace.retryMs;
      }
      running = undefined;
      endedMs = Date.now();
      timer = setTimeout(refresh, waitMs);
      setBusy(false);
    };
    // Counted from the answer: a slow one is waited for, not asked for again, or it would never show.
    const refresh = () => {
      const isOver = pace.isSparing && date !== undefined && latest?.summary.is_today === false;
      if (!document.hidden && running === undefined && !isOver) void reload();
    };
    const comeBack = () => {
      if (Date.now() - endedMs >= pace.retryMs) refresh();
    };
    load.current = () => void reload();
    setBusy(true);
    void reload();
    document.addEventListener('visibilitychange', comeBack);
    return () => {
      stopped = true;
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', comeBack);
      running?.abort();
    };
  }, [client, pace, user, date]);

  const retry = useCallback(() => load.current(), []);
  return { day, failure, busy, retry };
}

/** @param known an earlier answer to the same choice, to be spared what must be as it was */
async function loadDay(
  client: ApiClient,
  choice: Choice,
  known: Day | undefined,
  signal: AbortSignal,
): Promise<Day> {
  if (known !== undefined) {
    const summary = await client.summary(choice.user, choice.date, signal);
    if (isSame(summary, known.summary)) return known;
    return { ...known, summary, ...(await loadFigures(client, summary, signal)) };
  }
  const [summary, users, status] = await Promise.all([
    client.summary(choice.user, choice.date, signal),
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

/** Parts that are as before stay the same objects, so that a refresh redraws no chart that somebody is reading. */
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
