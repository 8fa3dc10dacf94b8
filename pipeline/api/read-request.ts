/** Parses and validates parameters of a request. */
import {
  addDays,
  confirmQuery,
  DAY_MS,
  deletionId,
  MAX_RANGE_DAYS,
  minuteStart,
  type RangeQuery,
  userName,
} from '@kinetrack/schema';
import type { Context } from 'hono';
import { ApiError } from './errors.ts';

/** The used part of a zod schema: this folder does not import zod. */
interface QuerySchema<T> {
  readonly shape: Readonly<Record<string, unknown>>;
  safeParse(input: unknown):
    | { readonly success: true; readonly data: T }
    | {
        readonly success: false;
        readonly error: { readonly issues: readonly { path: PropertyKey[]; message: string }[] };
      };
}

/** @throws ApiError with the parameter, its value, the rule and the remedy */
export function readQuery<T>(context: Context, schema: QuerySchema<T>): T {
  const known = Object.keys(schema.shape);
  const given: Record<string, string> = {};
  for (const [name, values] of Object.entries(context.req.queries())) {
    if (!known.includes(name)) {
      const remedy =
        known.length === 0 ? 'this route has no parameters' : `known parameters are ${known.join(', ')}`;
      throw invalid(`parameter ${quote(name)}: unknown; ${remedy}`);
    }
    if (values.length > 1) throw invalid(`parameter ${name}: set ${values.length} times; set it once`);
    given[name] = values[0] ?? '';
  }
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const name = String(issue?.path[0] ?? '');
  throw invalid(
    `${name} ${quote(given[name] ?? '')}: ${issue?.message ?? 'is not valid'}; omit it for the default`,
  );
}

/** The requested range. Defaults: `to` is `defaultTo`, `from` is `defaultDays` before its end. */
export function resolveRange(query: RangeQuery, defaultTo: string, defaultDays: number) {
  const to = query.to ?? defaultTo;
  const from = query.from ?? addDays(to, 1 - defaultDays);
  if (from > to) {
    throw invalid(`from ${quote(from)}: must not be after to (${to}); swap or omit one`);
  }
  const days = daysBetween(from, to) + 1;
  if (days > MAX_RANGE_DAYS) {
    throw invalid(
      `from ${quote(from)} to ${quote(to)}: spans ${days} days; the maximum is ${MAX_RANGE_DAYS}`,
    );
  }
  return { from, to };
}

const epochDayMs = (date: string): number => Date.parse(`${date}T00:00:00.000Z`);

const daysBetween = (from: string, to: string): number =>
  Math.round((epochDayMs(to) - epochDayMs(from)) / DAY_MS);

/** All dates of the inclusive range. */
export const datesOf = (from: string, to: string): string[] =>
  Array.from({ length: daysBetween(from, to) + 1 }, (_, index) => addDays(from, index));

/** Parses the minute in the path. */
export function readMinute(text: string): string {
  const result = minuteStart.safeParse(text);
  if (result.success) return result.data;
  const rule = result.error.issues[0]?.message ?? 'is not a minute';
  throw new ApiError(400, 'invalid_minute', `minute ${quote(text)}: ${rule}; /timeline lists the minutes`);
}

/**
 * The user to delete, from the path and from `?confirm=`. API Gateway decodes the path and truncates it
 * at a decoded `?` (https://github.com/middleapi/standard-server/pull/93, from live captures), so the
 * path alone could name another user.
 */
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

const invalid = (message: string): ApiError => new ApiError(400, 'invalid_query', message);

function quote(value: string): string {
  return JSON.stringify(value.length > 80 ? `${value.slice(0, 77)}...` : value);
}
