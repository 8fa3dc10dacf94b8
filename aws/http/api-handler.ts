/** The API behind API Gateway: converts events to requests, and verified claims to a caller. */
import { ROLES, type Role } from '@kinetrack/schema';
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { type ApiDeps, type Caller, createApi } from '../../pipeline/api/index.ts';
import type { Log } from '../log.ts';
import { requestOf, responseOf } from './http-event.ts';

/** Names of the claims with user and roles. */
export interface ClaimNames {
  /** Claim with the user ID as on the events: `email`, `cognito:username`, `preferred_username`. */
  readonly user: string;
  /** Claim with the roles: `cognito:groups`, `roles`. */
  readonly roles: string;
}

export interface ApiHandlerDeps extends Pick<ApiDeps, 'store' | 'now' | 'rules' | 'deletions'> {
  readonly claims: ClaimNames;
  /** Log entries have figures and codes, no users. */
  readonly log: Pick<Log, 'info' | 'error'>;
}

/** The capture status is not known in a deployment. */
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

/**
 * The caller, from the claims of a token that API Gateway has verified. Undefined without a user: there is no
 * default user.
 */
export function callerOf(
  claims: Readonly<Record<string, unknown>> | undefined,
  names: ClaimNames,
): Caller | undefined {
  const userId = claims?.[names.user];
  if (typeof userId !== 'string' || userId === '') return undefined;
  // An unverified email address could be that of another user.
  if (names.user === 'email' && String(claims?.email_verified ?? 'true') !== 'true') return undefined;
  return { userId, roles: rolesIn(claims?.[names.roles]) };
}

/**
 * Roles in a claim. Payload 2.0 has each claim as a string, a list as `[admin manager]`. Arrays, commas
 * and quotes are accepted too. Only whole names match: `[not-admin]` is no role.
 */
function rolesIn(claim: unknown): readonly Role[] {
  const words = Array.isArray(claim) ? claim : typeof claim === 'string' ? claim.split(/[[\]\s,"]+/) : [];
  return ROLES.filter((role) => words.includes(role));
}
