/** The only module that calls the API. Responses have the types of the routes, from the schema. */
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

/** A failed request. The message is shown to the user. */
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
  /** The seven days that end with the date. */
  daily(user: string, date: string, signal: AbortSignal): Promise<DailyReport>;
  minute(user: string, minute: string, signal: AbortSignal): Promise<MinuteReport>;
}

/** Authentication of requests, and messages about its failures. */
export interface ApiCredentials {
  /** Undefined if a cookie authenticates. Rejects with an ApiFailure. */
  token(): Promise<string | undefined>;
  /** A token other than the rejected one. Rejects with an ApiFailure. */
  renewedToken(refused: string): Promise<string>;
  readonly messages: {
    readonly unreachable: string;
    /** The API rejects a renewed token or the cookie. */
    readonly signedOut: string;
  };
}

/** @param base prefix of all paths: `/api` or empty */
export function createApiClient(base: string, credentials: ApiCredentials): ApiClient {
  const get = async <Answer>(
    path: string,
    query: Readonly<Record<string, string | undefined>>,
    signal: AbortSignal,
  ): Promise<Answer> => {
    const search = new URLSearchParams();
    for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, value);
    const url = base + (search.size === 0 ? path : `${path}?${search}`);
    const token = await credentials.token();
    let response = await reach(url, token, signal);
    if (response.status === 401 && token !== undefined) {
      response = await reach(url, await credentials.renewedToken(token), signal);
    }
    if (response.ok) return response.json();
    if (response.status === 401) throw new ApiFailure('signed_out', credentials.messages.signedOut);
    throw new ApiFailure('refused', await reasonOf(response));
  };

  const reach = async (url: string, token: string | undefined, signal: AbortSignal): Promise<Response> => {
    const headers = {
      accept: 'application/json',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    };
    try {
      return await fetch(url, { signal, headers });
    } catch (error) {
      if (signal.aborted) throw error;
      throw new ApiFailure('unreachable', credentials.messages.unreachable, error);
    }
  };

  return {
    users: (signal) => get('/users', {}, signal),
    status: (signal) => get('/status', {}, signal),
    summary: (user, date, signal) => get('/summary/today', { user, date }, signal),
    timeline: (user, date, signal) => get('/timeline', { user, date }, signal),
    apps: (user, date, signal) => get('/apps', { user, from: date, to: date }, signal),
    daily: (user, date, signal) => get('/daily', { user, to: date }, signal),
    minute: (user, minute, signal) => get(`/minutes/${minute}`, { user }, signal),
  };
}

async function reasonOf(response: Response): Promise<string> {
  try {
    const body: ApiErrorBody = await response.json();
    return body.error.message;
  } catch {
    return `The request failed with HTTP status ${response.status}.`;
  }
}
