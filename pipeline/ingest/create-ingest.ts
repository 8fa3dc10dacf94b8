/**
 * `POST /track`: accepts events of one device. The protocol is in schema/src/track.ts. Invariants:
 * - The token decides whose events these are. User, device and event ID overwrite the values of the
 *   line, so that nobody can write as another user. (IAM cannot check this: PutRecord has no condition
 *   on content.)
 * - An installation keeps the device ID that it generated. The first token that sends with an ID owns
 *   it. Events with the ID of another token are refused as a whole with 403 and stay in the queue of
 *   the agent. A token can change to a new ID: an agent that lost its queue starts a new installation.
 * - Only durably stored events are acknowledged. The agent sends the rest again; the rollup removes
 *   duplicates by (device, seq).
 */
import { type ApiErrorBody, parseEventLine, TOKEN_EXPIRED, type TrackAnswer } from '@kinetrack/schema';
import type { DeviceRegistry, IngestSink } from '../lake/ports.ts';
import { type DeliverOptions, deliver, rangesOf } from './deliver.ts';
import { type ReadEvent, type Rejection, readEvents, stamp } from './read-events.ts';
import { readLines, TrackError } from './track-request.ts';

export interface IngestDeps extends Pick<DeliverOptions, 'pause' | 'random'> {
  readonly devices: DeviceRegistry;
  readonly sink: IngestSink;
  /**
   * Called with the result of each request, for the log; contains no names. @defaultValue not reported
   */
  readonly onRequest?: (figures: RequestFigures) => void;
  /** Called for unexpected errors, which are not returned to the client. @defaultValue not reported */
  readonly onDefect?: (error: unknown) => void;
  /** @defaultValue `parseEventLine` of the schema */
  readonly readEvent?: ReadEvent;
}

export interface RequestFigures {
  readonly status: number;
  /** Error code of a refused request. */
  readonly code?: string;
  readonly stored?: number;
  /** Valid events that were not stored; the agent sends them again. */
  readonly left?: number;
  /** Rejected events by code. */
  readonly rejected?: Readonly<Record<string, number>>;
}

export interface Ingest {
  fetch(request: Request): Promise<Response>;
}

/**
 * Send interval of agents, in seconds. A request costs as much as one minute of Firehose for its
 * events, and Firehose buffers for five minutes anyway. Combining five minutes in one record also cuts
 * the Firehose cost to a third.
 */
export const SEND_EVERY_S = 300;

/** Seconds after which an agent retries if the pipeline is unavailable. */
const RETRY_AFTER_S = 10;

export function createIngest(deps: IngestDeps): Ingest {
  const { onRequest = () => {}, onDefect = () => {} } = deps;
  return {
    async fetch(request) {
      try {
        const { answer, left } = await track(request, deps);
        const stored = answer.acknowledged.reduce((sum, [from, to]) => sum + to - from + 1, 0);
        onRequest({ status: 200, stored, left, rejected: countByCode(answer.rejected) });
        return Response.json(answer);
      } catch (error) {
        if (!(error instanceof TrackError)) onDefect(error);
        else if (error.status === 503) onDefect(error.cause ?? error);
        const refusal = error instanceof TrackError ? error : undefined;
        onRequest({ status: refusal?.status ?? 500, code: refusal?.code ?? 'internal' });
        return refused(refusal);
      }
    },
  };
}

async function track(
  request: Request,
  deps: IngestDeps,
): Promise<{ readonly answer: TrackAnswer; readonly left: number }> {
  if (new URL(request.url).pathname !== '/track') {
    throw new TrackError(404, 'not_found', 'no such route; the only route is POST /track');
  }
  if (request.method !== 'POST') {
    throw new TrackError(405, 'method_not_allowed', 'method not allowed; send events with POST /track');
  }
  const token = tokenOf(request);
  const { userId, deviceId: known } = await deviceOf(token, deps.devices);
  const { events, rejected: unreadable } = readEvents(
    await readLines(request),
    deps.readEvent ?? parseEventLine,
  );
  const deviceId = events[0]?.device_id;
  if (deviceId === undefined)
    return { answer: { acknowledged: [], rejected: [...unreadable], send_every_s: SEND_EVERY_S }, left: 0 };
  if (deviceId !== known) await bind(token, deviceId, deps.devices);

  const { lines, rejected: unfit } = stamp(events, { userId, deviceId });
  const { stored, failure } = await deliver(lines, { ...deps, deviceId });
  if (stored.length === 0 && lines.length > 0) {
    throw new TrackError(
      503,
      'busy',
      'the pipeline is temporarily unavailable; send the events again later',
      {
        cause: failure,
      },
    );
  }
  const answer = {
    acknowledged: rangesOf(stored),
    rejected: [...unreadable, ...unfit],
    send_every_s: SEND_EVERY_S,
  };
  return { answer, left: lines.length - stored.length };
}

function tokenOf(request: Request): string {
  const token = /^Bearer (\S+)$/i.exec(request.headers.get('authorization') ?? '')?.[1];
  if (token !== undefined) return token;
  throw new TrackError(401, 'no_token', 'the header Authorization: Bearer <device token> is missing');
}

async function deviceOf(token: string, devices: DeviceRegistry) {
  const device = await devices.find(token);
  if (device === undefined) {
    throw new TrackError(401, 'unknown_token', 'unknown device token; issue a new one');
  }
  if (device.state !== 'active') {
    throw new TrackError(401, TOKEN_EXPIRED, `the device token is ${device.state}; issue a new one`);
  }
  return device;
}

async function bind(token: string, deviceId: string, devices: DeviceRegistry): Promise<void> {
  switch (await devices.bind(token, deviceId)) {
    case 'bound':
      return;
    case 'taken':
      throw new TrackError(
        403,
        'foreign_device',
        'the device ID of these events belongs to another token; revoke that token, or empty the data directory',
      );
    case 'too_many':
      throw new TrackError(
        403,
        'too_many_installations',
        'the device token was used by too many installations; issue a new one',
      );
  }
}

function refused(refusal: TrackError | undefined): Response {
  const { status, code, message } = refusal ?? {
    status: 500,
    code: 'internal',
    message: 'the events could not be stored; send them again later',
  };
  const headers = new Headers();
  if (status === 401) headers.set('www-authenticate', 'Bearer realm="kinetrack"');
  if (status === 405) headers.set('allow', 'POST');
  if (status === 503) headers.set('retry-after', String(RETRY_AFTER_S));
  const body: ApiErrorBody = { error: { code, message } };
  return Response.json(body, { status, headers });
}

function countByCode(rejected: readonly Rejection[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { code } of rejected) counts[code] = (counts[code] ?? 0) + 1;
  return counts;
}
