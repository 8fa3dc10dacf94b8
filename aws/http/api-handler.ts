/** The routes behind API Gateway: the event becomes a request, the verified claims become the caller. */
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { type ApiDeps, createApi } from '../../pipeline/api/index.ts';
import { type ClaimNames, callerOf } from './caller.ts';
import { questionOf, resultOf } from './http-event.ts';

export interface ApiHandlerDeps extends Pick<ApiDeps, 'store' | 'now' | 'rules' | 'deletions'> {
  readonly claims: ClaimNames;
  /** Figures and codes only: who asked about whom stays out of the log. */
  readonly log: {
    info(message: string, details: Record<string, unknown>): void;
    error(message: string, details: Record<string, unknown>): void;
  };
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
    const { request, claims } = questionOf(event);
    callers.set(request, callerOf(claims, names));
    const result = await resultOf(await api.fetch(request));
    const details = { method: request.method, status: result.statusCode, ms: deps.now() - startMs };
    log.info('answered', { ...details, bytes: result.body?.length ?? 0 });
    return result;
  };
}
