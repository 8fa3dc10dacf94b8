/** Error responses: the value, the rule and the remedy. */
import type { ApiErrorBody } from '@kinetrack/schema';
import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { ACCESS, OPEN_ROUTES } from './access-table.ts';

export class ApiError extends Error {
  constructor(
    readonly status: 400 | 401 | 403 | 404 | 501,
    /** Stable and countable. */
    readonly code:
      | 'invalid_query'
      | 'invalid_minute'
      | 'invalid_user'
      | 'invalid_deletion'
      | 'not_confirmed'
      | 'not_signed_in'
      | 'not_allowed'
      | 'not_available'
      | 'unknown_user'
      | 'unknown_deletion',
    message: string,
  ) {
    super(message);
    this.name = 'ApiError';
  }
}

const body = (code: string, message: string): ApiErrorBody => ({ error: { code, message } });

/** Details of internal errors are not returned: a message of a store can contain paths or rows. */
export function answerError(
  error: Error,
  context: Context,
  onDefect: ((error: Error) => void) | undefined,
): Response {
  if (error instanceof ApiError) return context.json(body(error.code, error.message), error.status);
  if (error instanceof HTTPException) return context.json(body('http', error.message), error.status);
  onDefect?.(error);
  return context.json(
    body(
      'internal',
      'The figures could not be read. Try again. If the problem persists, run `kinetrack doctor`.',
    ),
    500,
  );
}

export const answerNotFound = (context: Context): Response =>
  context.json(
    body(
      'not_found',
      `${context.req.method} ${context.req.path}: no such route; the routes are ${[...OPEN_ROUTES, ...Object.keys(ACCESS)].join(', ')}`,
    ),
    404,
  );
