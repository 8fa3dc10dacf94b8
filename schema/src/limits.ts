/** Limits of a value, derived from its zod schema, for messages, help texts and reference pages. */
import * as z from 'zod';

export type Limits =
  | { readonly kind: 'number' | 'integer'; readonly min: number; readonly max: number }
  | { readonly kind: 'string'; readonly min: number; readonly max: number }
  | { readonly kind: 'choice'; readonly choices: readonly string[] };

/** Undefined for a schema without such limits: an object, a list, a string with a format. */
export function limitsOf(field: z.core.$ZodType): Limits | undefined {
  if (field instanceof z.ZodOptional || field instanceof z.ZodNullable || field instanceof z.ZodDefault) {
    return limitsOf(field.unwrap());
  }
  if (field instanceof z.ZodNumber) {
    const kind = field.format === 'safeint' || field.format === 'int32' ? 'integer' : 'number';
    return {
      kind,
      min: field.minValue ?? Number.NEGATIVE_INFINITY,
      max: field.maxValue ?? Number.POSITIVE_INFINITY,
    };
  }
  if (field instanceof z.ZodEnum) return { kind: 'choice', choices: field.options.map(String) };
  if (field instanceof z.ZodLiteral) return { kind: 'choice', choices: [...field.values].map(String) };
  if (field instanceof z.ZodString && field.format === null) {
    return {
      kind: 'string',
      min: field.minLength ?? 0,
      max: field.maxLength ?? Number.POSITIVE_INFINITY,
    };
  }
  return undefined;
}

/** `must be a whole number from 50 to 60000`. */
export function ruleOfLimits(limits: Limits): string {
  switch (limits.kind) {
    case 'choice':
      return `must be one of ${limits.choices.map((choice) => JSON.stringify(choice)).join(', ')}`;
    case 'string':
      return `must be a string of ${limits.min} to ${limits.max} characters`;
    case 'integer':
      return `must be a whole number from ${limits.min} to ${limits.max}`;
    case 'number':
      return `must be a number from ${limits.min} to ${limits.max}`;
  }
}

/**
 * Readable range: `50 to 60,000`, `1 or more`, `events, counts`, `1 to 128 characters`; empty without
 * limits.
 */
export function rangeOf(limits: Limits): string {
  if (limits.kind === 'choice') return limits.choices.join(', ');
  const { min, max } = limits;
  // The limits of the number types are not informative.
  const hasMin = min > Number.MIN_SAFE_INTEGER && min !== -(2 ** 31);
  const hasMax = max < Number.MAX_SAFE_INTEGER && max !== 2 ** 31 - 1;
  if (limits.kind === 'string') {
    if (hasMax) return `${min > 0 ? `${figure(min)} to` : 'up to'} ${figure(max)} characters`;
    return min > 0 ? 'not empty' : '';
  }
  if (hasMax) return `${figure(min)} to ${figure(max)}`;
  return hasMin ? `${figure(min)} or more` : '';
}

/** `60,000` */
export const figure = (value: number): string => value.toLocaleString('en-US');
