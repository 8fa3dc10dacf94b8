/** The routes behind API Gateway: the event becomes a request, the verified claims become the caller. */
import { ROLES, type Role } from '@kinetrack/schema';
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { type ApiDeps, type Caller, createApi } from '../../pipeline/api/index.ts';
import type { Log } from '../log.ts';
import { requestOf, responseOf } from './http-event.ts';

export interface ApiHandlerDeps extends Pick<ApiDeps, 'store' | 'now' | 'rules' | 'deletions'> {
  readonly claims: ClaimNames;
  /** Figures and codes only: who asked about whom stays out of the log. */
  readonly log: Pick<Log, 'info' | 'error'>;
}

/** What this function knows of capture and delivery: nothing, and it says so. */
const STATUS = {
  recording: 'off',
  note: 'Figures of all computers that send to this deployment. Each computer shows its own recording status.',
  captures: [],
  delivery: null,
} as const;

export function apiHandler(
  deps: ApiHandlerDeps,
): (event: unknown) => Promise<APIGatewayProxyStructuredResultV2> {
  const { log, claims: names, ...rest } = deps;
  const callers = new WeakMap<Request, ReturnType<typeof callerOf>>();
  const api = createApi({
    ...rest,
    callerOf: (request) => callers.get(request),
    status: async () => ({ ...STATUS, captures: [] }),
    utcOffsetMin: () => 0,
    onDefect: (error) => log.error('request failed', { error }),
  });
  return async (event) => {
    const startMs = deps.now();
    const { request, claims } = requestOf(event);
    callers.set(request, callerOf(claims, names));
    const result = await responseOf(await api.fetch(request));
    const details = { method: request.method, status: result.statusCode, ms: deps.now() - startMs };
    log.info('answered', { ...details, bytes: result.body?.length ?? 0 });
    return result;
  };
}

/** Who asks, out of the claims of a token that API Gateway has verified. */
export interface ClaimNames {
  /** Whose value is the user id on that person's events: `email`, `cognito:username`, `preferred_username`. */
  readonly user: string;
  /** Whose value lists the roles: `cognito:groups`, `roles`. */
  readonly roles: string;
}

/** Undefined where the claims name nobody: there is no person by default. */
export function callerOf(
  claims: Readonly<Record<string, unknown>> | undefined,
  names: ClaimNames,
): Caller | undefined {
  const userId = claims?.[names.user];
  if (typeof userId !== 'string' || userId === '') return undefined;
  // Whoever may change an address by themselves could take somebody else's.
  if (names.user === 'email' && String(claims?.email_verified ?? 'true') !== 'true') return undefined;
  return { userId, roles: rolesIn(claims?.[names.roles]) };
}

/**
 * Every claim reaches a function as a text, a list among them as `[admin manager]`, in brackets and with spaces between
 * (payload 2.0); lists themselves, commas and quotes are read as well. Whole names alone count: `[not-admin]` is none.
 */
function rolesIn(claim: unknown): readonly Role[] {
  const words = Array.isArray(claim) ? claim : typeof claim === 'string' ? claim.split(/[[\]\s,"]+/) : [];
  return ROLES.filter((role) => words.includes(role));
}
