/** The body of a `track()` event, checked against the schema. */
import { type ActivityBody, activityShapes, CUSTOM_LIMITS, ruleOf } from '@kinetrack/schema';
import * as z from 'zod';
import { TrackValueError } from './errors.ts';
import { cutText, redactTitle } from './privacy/title-filter.ts';

/** Keys of 1 to 64 characters; strings of up to 1,024 characters, finite numbers. */
export type TrackValues = Readonly<Record<string, string | number>>;

export interface TrackOptions {
  /**
   * Redacts every string of `values` like a window title: mail and web addresses, paths, numbers
   * and tokens are removed. Name, keys and numbers are unchanged.
   * @defaultValue false
   */
  readonly redact?: boolean;
}

/** Result of `track()`. */
export type TrackResult =
  /** Stored in the durable queue: it will be delivered. */
  | { readonly status: 'accepted'; readonly eventId: string }
  /** Not recorded, because the tracker is paused. */
  | { readonly status: 'skipped'; readonly reason: 'paused' }
  /**
   * Lost. `memory_full`: too many calls already wait for the disk; the loss is counted in the
   * status and reported to the lake. `queue_failed`: the tracker was closed while the disk refused
   * events.
   */
  | { readonly status: 'dropped'; readonly reason: 'memory_full' | 'queue_failed' };

type CustomBody = ActivityBody<'custom'>;

const customBody = z.strictObject(activityShapes.custom);
const trackOptions = z.strictObject({ redact: z.boolean().optional() });

/**
 * Throws TrackValueError. The result is a copy. The parameters are unknown, because JavaScript
 * callers may pass anything.
 */
export function customEvent(name: unknown, values: unknown, options: unknown): CustomBody {
  const { redact = false } = checked(trackOptions, options, { name, root: 'options' });
  // The schema would remove this key silently.
  if (typeof values === 'object' && values !== null && Object.hasOwn(values, '__proto__')) {
    throw refusal(name, 'values', 'has the key __proto__', 'choose another key');
  }
  const body = checked(customBody, { name, values }, { name, root: '' });
  if (!redact) return { activity_type: 'custom', ...body };
  const redacted = { name: body.name, values: redactStrings(body.values) };
  return { activity_type: 'custom', ...checked(customBody, redacted, { name, root: '' }) };
}

const redactStrings = (values: TrackValues): TrackValues =>
  Object.fromEntries(
    Object.entries(values).map(([key, value]) => [
      key,
      // Unicode normalization may make a string longer.
      typeof value === 'string' ? cutText(redactTitle(value), CUSTOM_LIMITS.maxStringLength) : value,
    ]),
  );

function checked<T>(
  schema: z.ZodType<T>,
  input: unknown,
  where: { readonly name: unknown; readonly root: string },
): T {
  const result = schema.safeParse(input, { reportInput: true, error: ruleOf });
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const path = [where.root, ...(issue?.path ?? [])].filter((part) => part !== '').join('.');
  // For an invalid key, the rule is in a nested issue.
  const isKey = issue?.code === 'invalid_key';
  const rule = (isKey ? issue.issues[0]?.message : issue?.message) ?? 'is not valid';
  const value = isKey ? 'a key' : shown(issue?.input);
  throw refusal(where.name, path, `is ${value}: ${rule}`, remedyFor(path, issue?.code));
}

const refusal = (name: unknown, path: string, rule: string, remedy: string): TrackValueError =>
  new TrackValueError(path, `track(${nameShown(name)}): ${path} ${rule}; ${remedy}`);

function remedyFor(path: string, code: z.core.$ZodIssue['code'] | undefined): string {
  if (path === 'name') return "pass a name such as 'build_finished'";
  if (path.startsWith('options')) return 'the only option is redact: true or false';
  if (path === 'values') return 'pass an object of strings and numbers; split it if it is too large';
  if (code === 'invalid_key') return 'rename the key';
  if (code === 'too_big') return 'shorten it, or store it elsewhere and pass its address';
  return 'convert it or omit the key';
}

/** A value for a message. Strings may be private, so only their length is shown. */
function shown(value: unknown): string {
  if (typeof value === 'string') return `a string of ${value.length} characters`;
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'an array' : 'an object';
  if (typeof value === 'bigint') return `the bigint ${value}`;
  return typeof value === 'function' || typeof value === 'symbol' ? `a ${typeof value}` : String(value);
}

function nameShown(name: unknown): string {
  const text = typeof name === 'string' ? JSON.stringify(name) : shown(name);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
