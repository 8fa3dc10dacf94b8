/**
 * Reads whom to delete. The name stands in the path, and once more as `?confirm=`: an HTTP API of API Gateway decodes
 * the path before a function sees it and cuts it at a decoded `?`
 * (https://github.com/middleapi/standard-server/pull/93, from live captures), so a path alone could name somebody else.
 */
import { confirmQuery, deletionId, userName } from '@kinetrack/schema';
import type { Context } from 'hono';
import { ApiError } from './errors.ts';
import { readQuery } from './query.ts';

export function readConfirmedUser(context: Context): string {
  const result = userName.safeParse(context.req.param('user') ?? '');
  if (!result.success) {
    const rule = result.error.issues[0]?.message ?? 'is not a user ID';
    throw new ApiError(400, 'invalid_user', `the user ID in the path ${rule}`);
  }
  const { confirm } = readQuery(context, confirmQuery);
  if (confirm === result.data) return result.data;
  throw new ApiError(
    400,
    'not_confirmed',
    `user ${JSON.stringify(result.data)}: a deletion is permanent and must be confirmed; add ?confirm= with the same user ID, percent-encoded`,
  );
}

export function readDeletionId(context: Context): string {
  const result = deletionId.safeParse(context.req.param('id') ?? '');
  if (result.success) return result.data;
  throw new ApiError(400, 'invalid_deletion', 'the ID in the path must be the ID returned by DELETE');
}
