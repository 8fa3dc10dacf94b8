/** The only place that fetches. Answers are typed by the schema that the routes are typed by. */
import type {
  ApiErrorBody,
  AppsReport,
  DailyReport,
  DaySummary,
  MinuteReport,
  StatusReport,
  TimelineReport,
  UsersReport,
} from '@kinetrack/schema';

/** What went wrong, in words for the person in front of the page. */
export class ApiFailure extends Error {
  constructor(
    readonly kind: 'unreachable' | 'signed_out' | 'refused',
    message: string,
    cause?: unknown,
  ) {
    super(message, { cause });
    this.name = 'ApiFailure';
  }
}

export interface ApiClient {
  users(signal: AbortSignal): Promise<UsersReport>;
  status(signal: AbortSignal): Promise<StatusReport>;
  /** Without a date: the last day with data. */
  summary(user: string | undefined, date: string | undefined, signal: AbortSignal): Promise<DaySummary>;
  timeline(user: string, date: string, signal: AbortSignal): Promise<TimelineReport>;
  apps(user: string, date: string, signal: AbortSignal): Promise<AppsReport>;
  /** The seven days up to and including the date. */
  daily(user: string, date: string, signal: AbortSignal): Promise<DailyReport>;
  minute(user: string, minute: string, signal: AbortSignal): Promise<MinuteReport>;
}

export const apiClient: ApiClient = {
  users: (signal) => get('/users', {}, signal),
  status: (signal) => get('/status', {}, signal),
  summary: (user, date, signal) => get('/summary/today', { user, date }, signal),
  timeline: (user, date, signal) => get('/timeline', { user, date }, signal),
  apps: (user, date, signal) => get('/apps', { user, from: date, to: date }, signal),
  daily: (user, date, signal) => get('/daily', { user, to: date }, signal),
  minute: (user, minute, signal) => get(`/minutes/${minute}`, { user }, signal),
};

async function get<Answer>(
  path: string,
  query: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<Answer> {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, value);
  const response = await reach(search.size === 0 ? path : `${path}?${search}`, signal);
  if (response.ok) return response.json();
  if (response.status === 401) {
    throw new ApiFailure(
      'signed_out',
      'This browser is not signed in any more. Open the address that Kinetrack printed when it started.',
    );
  }
  throw new ApiFailure('refused', await reasonOf(response));
}

async function reach(url: string, signal: AbortSignal): Promise<Response> {
  try {
    return await fetch(url, { signal, headers: { accept: 'application/json' } });
  } catch (error) {
    if (signal.aborted) throw error;
    throw new ApiFailure(
      'unreachable',
      'Kinetrack does not answer. It may have been stopped; start it again with `kinetrack start`.',
      error,
    );
  }
}

async function reasonOf(response: Response): Promise<string> {
  try {
    const body: ApiErrorBody = await response.json();
    return body.error.message;
  } catch {
    return `Kinetrack answered with status ${response.status} and no reason.`;
  }
}
