/**
 * Error messages for invalid input: path, rule and value in one sentence. Messages are logged and must not
 * contain captured content: for strings from windows they state only the length, for lists and objects only
 * the kind.
 */
import type * as z from 'zod';

/** Error map for zod's `parse`: rules in our wording. Messages of a schema have priority. */
export const ruleOf: z.core.$ZodErrorMap = (issue) => {
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${KINDS[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return `must be ${oneOf(issue.values)}`;
    case 'too_small':
      return `must ${sized(issue.origin, issue.inclusive === false ? 'more than' : 'at least', issue.minimum)}`;
    case 'too_big':
      return `must ${sized(issue.origin, issue.inclusive === false ? 'less than' : 'at most', issue.maximum)}`;
    case 'invalid_union':
      return Array.isArray(issue.options) ? `must be ${oneOf(issue.options)}` : undefined;
    case 'unrecognized_keys':
      return `has unknown fields; remove ${issue.keys.join(', ')}`;
    case 'invalid_format':
      return issue.format === 'uuid' ? 'must be a UUID' : `must be in the form ${issue.format}`;
    default:
      return undefined;
  }
};

/** `segments.0.to_s: must be at most 60; got 61`. `whole` names the input in issues without a path. */
export function describeIssue(issue: z.core.$ZodIssue | undefined, whole: string): string {
  if (issue === undefined) return `${whole}: is not valid`;
  const path = issue.path.join('.');
  const got = issue.code === 'unrecognized_keys' ? '' : `; got ${show(inputOf(issue), path)}`;
  return `${path || whole}: ${issue.message}${got}`;
}

/**
 * The issues of a failed union of a list and an object: those of the alternative that has the kind of the
 * input. The issue of the union itself does not state which field is wrong.
 */
export function innerIssues(issue: z.core.$ZodIssue): readonly z.core.$ZodIssue[] {
  if (issue.code !== 'invalid_union') return [issue];
  const meant = issue.errors.find((issues) =>
    issues.every(({ code, path }) => code !== 'invalid_type' || path.length > 0),
  );
  if (meant === undefined || meant.length === 0) return [issue];
  return meant.flatMap((inner) => innerIssues({ ...inner, path: [...issue.path, ...inner.path] }));
}

/** For a discriminated union, the path is that of the discriminator and the input is the object around it. */
function inputOf({ code, input, path }: z.core.$ZodIssue): unknown {
  const field = path.at(-1);
  const isObject = typeof input === 'object' && input !== null;
  return code === 'invalid_union' && isObject && field !== undefined ? Reflect.get(input, field) : input;
}

/** A value for a message. `path` decides whether it can contain captured content. */
export function show(value: unknown, path = ''): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  if (typeof value === 'string' && CAPTURED_TEXT.test(path)) return `a string of ${value.length} characters`;
  if (typeof value === 'string' && HOLDS_USER.test(value)) return 'an address with a user or a password';
  if (typeof value === 'function') return 'a function';
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

const HOLDS_USER = /\/\/[^/\s]*@/;
/** Strings from windows, and values of scripts. */
const CAPTURED_TEXT = /(^|[._])(app|site|title)$|^values\./;

const KINDS: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
};

function sized(origin: string, bound: string, size: number | bigint): string {
  if (origin === 'string') return `have ${bound} ${size} character${size === 1 ? '' : 's'}`;
  if (origin === 'array') return `have ${bound} ${size} item${size === 1 ? '' : 's'}`;
  return `be ${bound} ${size}`;
}

const oneOf = (values: readonly unknown[]): string =>
  values.length === 1 ? String(values[0]) : `one of ${values.map(String).join(', ')}`;
