/**
 * What an error tells, whoever made it: Node (code, syscall; AggregateError where several addresses were tried),
 * fetch (a TypeError whose cause tells), the AWS SDK ($metadata, $response, $fault), a record of an answer
 * (ErrorCode, ErrorMessage).
 */
import type { Peer } from './surroundings.ts';

export interface Answer {
  readonly status: number;
  readonly contentType: string;
}

export interface ErrorFacts {
  /** Names of what happened, the most telling first. */
  readonly codes: readonly string[];
  /** Of the outermost error. */
  readonly message: string;
  /** All messages of the chain. */
  readonly messages: string;
  /** What was being done, as Node names it: connect, getaddrinfo, open. */
  readonly syscall: string | undefined;
  /** Where the connection went to; empty where the error does not tell. */
  readonly peer: Peer;
  /** Absent where nothing was answered. */
  readonly answer: Answer | undefined;
  readonly isServerFault: boolean;
}

/** Errors have causes that have causes; nobody nests deeper. */
const MAX_ERRORS = 16;

/** Of several addresses, the one that was got furthest with tells most: IPv6 is unreachable in many a network. */
const LEAST_TELLING = ['ETIMEDOUT', 'EHOSTUNREACH', 'EADDRNOTAVAIL', 'ENETDOWN', 'ENETUNREACH'];

export function factsOf(error: unknown): ErrorFacts {
  const chain = chainOf(error);
  const first = <T>(read: (each: object) => T | undefined): T | undefined =>
    chain.map(read).find((value) => value !== undefined);
  const host = first((each) => text(each, 'hostname')) ?? first((each) => text(each, 'address'));
  const port = first((each) => number(each, 'port'));
  return {
    codes: chain.flatMap(codesOf),
    message: (chain[0] && messageIn(chain[0])) ?? (typeof error === 'string' ? error : 'no message'),
    messages: chain.map((each) => messageIn(each) ?? '').join('\n'),
    syscall: first((each) => text(each, 'syscall')),
    peer: { ...(host === undefined ? {} : { host }), ...(port === undefined ? {} : { port }) },
    answer: first(answerIn),
    isServerFault: chain.some((each) => field(each, '$fault') === 'server'),
  };
}

/** The error, then what it is made of: inside out, the aggregate's own code only repeats its first one. */
function chainOf(error: unknown): readonly object[] {
  const chain: object[] = [];
  const visit = (each: unknown): void => {
    if (typeof each !== 'object' || each === null || chain.includes(each) || chain.length >= MAX_ERRORS)
      return;
    const parts = field(each, 'errors');
    if (Array.isArray(parts)) for (const part of [...parts].sort(byTellingMost)) visit(part);
    chain.push(each);
    visit(field(each, 'cause'));
  };
  visit(error);
  return chain;
}

function byTellingMost(one: unknown, other: unknown): number {
  const rank = (error: unknown) =>
    LEAST_TELLING.indexOf((typeof error === 'object' && error !== null && text(error, 'code')) || '');
  return rank(one) - rank(other);
}

/** The code before the name: the SDK gives the name TimeoutError to connections that were reset as well. */
const codesOf = (error: object): readonly string[] =>
  ['ErrorCode', 'Code', 'code', 'name'].map((name) => text(error, name)).filter((code) => code !== undefined);

const messageIn = (error: object): string | undefined =>
  text(error, 'ErrorMessage') ?? text(error, 'message');

function answerIn(error: object): Answer | undefined {
  const response = field(error, '$response');
  const metadata = field(error, '$metadata');
  const status =
    (isObject(response) ? number(response, 'statusCode') : undefined) ??
    (isObject(metadata) ? number(metadata, 'httpStatusCode') : undefined);
  if (status === undefined) return undefined;
  const headers = isObject(response) ? field(response, 'headers') : undefined;
  return answerOf(status, (name) => (isObject(headers) ? text(headers, name) : undefined));
}

export const answerOf = (status: number, header: (name: string) => string | null | undefined): Answer => ({
  status,
  contentType: header('content-type') ?? '',
});

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
const field = (from: object, name: string): unknown => Reflect.get(from, name);
function text(from: object, name: string): string | undefined {
  const value = field(from, name);
  return typeof value === 'string' && value !== '' ? value : undefined;
}
function number(from: object, name: string): number | undefined {
  const value = field(from, name);
  return typeof value === 'number' ? value : undefined;
}
