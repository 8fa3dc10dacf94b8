/** Interprets a response to `POST /track` for the sent events. */
import { apiErrorBody, TOKEN_EXPIRED, type TrackAnswer, trackAnswer } from '@kinetrack/schema';
import { diagnoseAnswer } from '../connection/diagnose.ts';
import type { SpoolRecord } from '../spool/spool.ts';
import { retryable } from './deliver-packed.ts';
import type { HttpAnswer } from './http-post.ts';
import type { RecordOutcome } from './sink.ts';

export type Meaning =
  /** One outcome per event, in order. */
  | {
      readonly kind: 'outcomes';
      readonly outcomes: readonly RecordOutcome[];
      /** Send interval requested by the server. */
      readonly sendEveryMs?: number;
    }
  /** The request is too large for the server. */
  | { readonly kind: 'too_large' }
  /** Nothing was accepted. `waitMs`: wait requested by the server. */
  | { readonly kind: 'failed'; readonly outcome: RecordOutcome; readonly waitMs: number };

export interface Sent {
  /** `the server kinetrack.example.com` */
  readonly target: string;
  readonly events: readonly SpoolRecord[];
  /** Wall clock at the time of the response. */
  readonly nowMs: number;
}

/** Above this, tokens and certificates fail; smaller differences are common. */
const MAX_CLOCK_DIFFERENCE_MS = 5 * 60_000;
/** Limits the effect of a wrong header. */
const MAX_WAIT_MS = 5 * 60_000;
/** Maximum length of a server's reason in a dead letter and in the status. */
const MAX_REASON_CHARACTERS = 300;

export function meaningOf(answer: HttpAnswer, sent: Sent): Meaning {
  const { status } = answer;
  if (answer.isFromProxy) return refusedByProxy(answer, sent);
  if (status === 413) return { kind: 'too_large' };
  if (status !== 200) return refused(answer, sent);
  const body = isJson(answer) ? jsonOf(answer) : undefined;
  // An HTML page, an empty body or other JSON: not a Kinetrack server.
  if (body === undefined) return failed(answer, sent);
  const parsed = trackAnswer.safeParse(body);
  if (!parsed.success || !isAboutThese(parsed.data, sent.events)) {
    const reason = `${sent.target} did not confirm or reject these events; check that it is a Kinetrack server of this version (HTTP 200)`;
    return { kind: 'failed', outcome: retryable(reason, 'service_fault'), waitMs: 0 };
  }
  const { send_every_s } = parsed.data;
  return {
    kind: 'outcomes',
    outcomes: outcomesOf(parsed.data, sent),
    ...(send_every_s !== undefined && { sendEveryMs: send_every_s * 1000 }),
  };
}

function outcomesOf(
  { acknowledged, rejected }: TrackAnswer,
  { target, events }: Sent,
): readonly RecordOutcome[] {
  const refusals = new Map(rejected.map((each) => [each.seq, each]));
  return events.map((event): RecordOutcome => {
    const refusal = refusals.get(event.id);
    // A rejection overrides an acknowledgement, because it stores the event as a dead letter.
    if (refusal !== undefined) {
      const { code, reason } = refusal;
      return {
        status: 'rejected',
        code: code === 'too_large' ? 'too_large' : 'refused',
        reason: `${target} rejects it (${code}): ${printable(reason)}`,
      };
    }
    if (acknowledged.some(([from, to]) => from <= event.id && event.id <= to)) return { status: 'delivered' };
    if (isNamed(event)) return retryable(`${target} has not acknowledged this event`);
    // No response can refer to this event, and it must not block later ones.
    return {
      status: 'rejected',
      code: 'refused',
      reason: 'the event is not one line of JSON with its own seq',
    };
  });
}

/** False for a response with events that were not sent. */
function isAboutThese({ acknowledged, rejected }: TrackAnswer, events: readonly SpoolRecord[]): boolean {
  const ids = events.map(({ id }) => id);
  const known = new Set(ids);
  const span = Math.max(...ids) - Math.min(...ids) + 1;
  const hasAll = (from: number, to: number): boolean => {
    if (to - from >= span) return false;
    for (let seq = from; seq <= to; seq += 1) if (!known.has(seq)) return false;
    return true;
  };
  return acknowledged.every(([from, to]) => hasAll(from, to)) && rejected.every(({ seq }) => known.has(seq));
}

function isNamed({ id, line }: SpoolRecord): boolean {
  if (line.includes('\n')) return false;
  try {
    const event: unknown = JSON.parse(line);
    return typeof event === 'object' && event !== null && 'seq' in event && event.seq === id;
  } catch {
    return false;
  }
}

function refusedByProxy(answer: HttpAnswer, sent: Sent): Meaning {
  if (answer.status === 407 || answer.status >= 500) return failed(answer, sent);
  const reason = `the proxy to ${sent.target} blocks this program; allow it there, or add the host to NO_PROXY (HTTP ${answer.status})`;
  return { kind: 'failed', outcome: retryable(reason, 'proxy_required'), waitMs: 0 };
}

function refused(answer: HttpAnswer, sent: Sent): Meaning {
  const { status } = answer;
  const { target, nowMs } = sent;
  const isRefusal = status === 400 || status === 401 || status === 403;
  const serverMs = Date.parse(answer.headers.date ?? '');
  if (isRefusal && Math.abs(serverMs - nowMs) > MAX_CLOCK_DIFFERENCE_MS) {
    const reason = `the clock of this computer differs from ${target} by more than 5 minutes, so requests are rejected; set the clock (HTTP ${status})`;
    return { kind: 'failed', outcome: retryable(reason, 'clock_wrong'), waitMs: 0 };
  }
  const error = apiErrorBody.safeParse(jsonOf(answer));
  if (status === 401 && error.data?.error.code === TOKEN_EXPIRED) {
    const reason = `the device token for ${target} has expired; configure a new one (HTTP 401)`;
    return { kind: 'failed', outcome: retryable(reason, 'credentials_expired'), waitMs: 0 };
  }
  // A JSON error comes from a Kinetrack server, not from the network.
  if (error.success && status >= 400 && status < 500 && !KNOWN_REFUSALS.has(status)) {
    const reason = `${target} does not accept the requests of this agent; update the older of the two (HTTP ${status})`;
    return { kind: 'failed', outcome: retryable(reason, 'service_fault'), waitMs: 0 };
  }
  return failed(answer, sent);
}

/** Statuses that diagnoseAnswer() describes. */
const KNOWN_REFUSALS: ReadonlySet<number> = new Set([401, 403, 404, 407, 408, 410, 429]);

function failed(answer: HttpAnswer, { target, nowMs }: Sent): Meaning {
  const { status, headers } = answer;
  const get = (name: string): string | null => {
    const value = headers[name];
    return typeof value === 'string' ? value : null;
  };
  const { fault, reason } = diagnoseAnswer(target, { status, headers: { get } });
  const mayWait = status === 429 || status === 503;
  return { kind: 'failed', outcome: retryable(reason, fault), waitMs: mayWait ? waitMs(headers, nowMs) : 0 };
}

/** Retry-After: seconds, or a date on the server's clock. */
function waitMs(headers: HttpAnswer['headers'], nowMs: number): number {
  const given = headers['retry-after'] ?? '';
  const serverMs = Date.parse(headers.date ?? '');
  const ms = /^\d{1,9}$/.test(given)
    ? Number(given) * 1000
    : Date.parse(given) - (Number.isNaN(serverMs) ? nowMs : serverMs);
  return Number.isNaN(ms) ? 0 : Math.min(Math.max(ms, 0), MAX_WAIT_MS);
}

const isJson = ({ headers }: HttpAnswer): boolean =>
  /^application\/json\s*(;|$)/i.test(headers['content-type'] ?? '');

function jsonOf({ body }: HttpAnswer): unknown {
  try {
    return body === null ? undefined : JSON.parse(body.toString());
  } catch {
    return undefined;
  }
}

/** Text of a server, shown to people: one line of limited length. */
const printable = (text: string): string => text.replace(/[\p{C}\s]+/gu, ' ').slice(0, MAX_REASON_CHARACTERS);
