/**
 * Prefixes with `!{namespace:value}` expressions, as Firehose evaluates them.
 * https://docs.aws.amazon.com/firehose/latest/dev/s3-prefixes.html
 */
import { FirehoseConfigurationError } from './configuration-error.ts';
import { type TimestampPattern, timestampPattern } from './timestamp-pattern.ts';

export const MAX_PREFIX_CHARS = 512;

export interface PrefixContext {
  /** Arrival of the oldest record of the object: the time of all timestamps in the prefix. */
  readonly arrivalMs: number;
  /** Only for the error prefix. */
  readonly errorType?: string;
  /** By name, only for the data prefix. */
  readonly partitionKeys?: ReadonlyMap<string, string>;
  /** 11 characters, different for each call. */
  randomString(): string;
}

export interface Prefix {
  /** Names of its partition keys, in order. */
  readonly partitionKeys: readonly string[];
  evaluate(context: PrefixContext): string;
}

type Part =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'time'; readonly pattern: TimestampPattern }
  | { readonly kind: 'key'; readonly name: string }
  | { readonly kind: 'random' | 'error_type' };

export interface PrefixOptions {
  readonly prefix: string | undefined;
  readonly errorPrefix: string | undefined;
  readonly timeZone: string;
  readonly dynamicPartitioning: boolean;
}

const DEFAULT_TIME = '!{timestamp:yyyy/MM/dd/HH/}';
const EXPRESSION = /!\{([^:{}]*):([^{}]*)\}/;
const isExpression = (text: string) => text.includes('!{');

/**
 * Parses both prefixes and applies Firehose's defaults and rules.
 * @throws FirehoseConfigurationError if AWS would reject them
 */
export function resolvePrefixes(options: PrefixOptions): { readonly data: Prefix; readonly error: Prefix } {
  const { prefix = '', errorPrefix, timeZone, dynamicPartitioning } = options;
  const reject = (message: string): never => {
    throw new FirehoseConfigurationError(message);
  };
  if (dynamicPartitioning && prefix === '') {
    reject(
      'Prefix is empty; dynamic partitioning needs one that names its keys, as in dt=!{partitionKeyFromQuery:dt}/',
    );
  }
  if (errorPrefix === undefined && isExpression(prefix)) {
    reject(
      `ErrorOutputPrefix can't be null when Prefix contains expressions (${prefix}); add one with !{firehose:error-output-type}`,
    );
  }
  const data = parse(
    'Prefix',
    hasTimestamp(prefix) || dynamicPartitioning ? prefix : prefix + DEFAULT_TIME,
    timeZone,
  );
  if (data.some(({ kind }) => kind === 'error_type')) {
    reject(
      `Prefix ${prefix} contains !{firehose:error-output-type}, which only ErrorOutputPrefix may; move it there`,
    );
  }
  const errorText = errorPrefix ?? `${prefix}!{firehose:error-output-type}/${DEFAULT_TIME}`;
  const error = parse('ErrorOutputPrefix', errorText, timeZone);
  if (error.some(({ kind }) => kind === 'key')) {
    reject(
      `ErrorOutputPrefix ${errorText} uses a partition key, which failed records do not have; remove it`,
    );
  }
  if (isExpression(errorText) && !error.some(({ kind }) => kind === 'error_type')) {
    reject(`ErrorOutputPrefix ${errorText} has expressions without !{firehose:error-output-type}; add it`);
  }
  const keyed = data.some(({ kind }) => kind === 'key');
  if (dynamicPartitioning && !keyed) {
    reject(
      `Prefix ${prefix} names no partition key; dynamic partitioning needs !{partitionKeyFromQuery:name}`,
    );
  }
  if (!dynamicPartitioning && keyed) {
    reject(`Prefix ${prefix} names a partition key; enable DynamicPartitioningConfiguration or remove it`);
  }
  return { data: prefixOf(data), error: prefixOf(error) };
}

const hasTimestamp = (text: string) => text.includes('!{timestamp:');

function parse(property: string, text: string, timeZone: string): readonly Part[] {
  const parts: Part[] = [];
  let rest = text;
  for (let match = EXPRESSION.exec(rest); match !== null; match = EXPRESSION.exec(rest)) {
    if (match.index > 0) parts.push(plain(property, text, rest.slice(0, match.index)));
    parts.push(expression(property, match[1] ?? '', match[2] ?? '', timeZone));
    rest = rest.slice(match.index + match[0].length);
  }
  if (rest !== '') parts.push(plain(property, text, rest));
  return parts;
}

function plain(property: string, whole: string, text: string): Part {
  if (isExpression(text)) {
    throw new FirehoseConfigurationError(
      `${property} ${whole} holds !{ outside of an expression; write !{namespace:value} or leave it out`,
    );
  }
  return { kind: 'text', text };
}

function expression(property: string, namespace: string, value: string, timeZone: string): Part {
  const shown = `${property} uses !{${namespace}:${value}}`;
  switch (namespace) {
    case 'timestamp':
      return { kind: 'time', pattern: timestampPattern(value, timeZone) };
    case 'partitionKeyFromQuery':
      if (/^\w+$/.test(value)) return { kind: 'key', name: value };
      throw new FirehoseConfigurationError(`${shown}; name a key of letters, digits and _`);
    case 'firehose':
      if (value === 'random-string') return { kind: 'random' };
      if (value === 'error-output-type') return { kind: 'error_type' };
      throw new FirehoseConfigurationError(`${shown}; firehose knows random-string and error-output-type`);
    case 'partitionKeyFromLambda':
      throw new FirehoseConfigurationError(
        `${shown}, which needs a Lambda function; use partitionKeyFromQuery`,
      );
    default:
      throw new FirehoseConfigurationError(
        `${shown}; the namespace must be firehose, timestamp or partitionKeyFromQuery`,
      );
  }
}

const prefixOf = (parts: readonly Part[]): Prefix => ({
  partitionKeys: [...new Set(parts.flatMap((part) => (part.kind === 'key' ? [part.name] : [])))],
  evaluate: (context) => parts.map((part) => evaluatePart(part, context)).join(''),
});

function evaluatePart(part: Part, context: PrefixContext): string {
  switch (part.kind) {
    case 'text':
      return part.text;
    case 'time':
      return part.pattern.format(context.arrivalMs);
    case 'key':
      return context.partitionKeys?.get(part.name) ?? '';
    case 'random':
      return context.randomString();
    case 'error_type':
      return context.errorType ?? '';
  }
}
