/** The parts of a tracker from start to close: queue, recorder and drain. */
import type { ActivityEvent } from '@kinetrack/schema';
import { prepareDataDir } from './data-dir.ts';
import type { DeadLetters } from './dead-letters.ts';
import { loadDeviceId } from './device-identity.ts';
import { Drain } from './drain/drain.ts';
import { ZoneHistory } from './enrich/zone-history.ts';
import type { ProblemCode } from './errors.ts';
import { keepAlive } from './keep-alive.ts';
import type { OpenMinute } from './open-minute.ts';
import type { ResolvedOptions } from './options.ts';
import { openQueue } from './queue.ts';
import { Recorder } from './recorder.ts';
import type { Sink } from './sinks/sink.ts';
import { type Spool, SpoolError } from './spool/spool.ts';

export interface Session {
  readonly deviceId: string;
  readonly sessionId: string;
  readonly spool: Spool;
  readonly deadLetters: DeadLetters | null;
  readonly recorder: Recorder;
  readonly drain: Drain;
  readonly zones: ZoneHistory;
  /** Allows the process to end. */
  readonly release: () => void;
}

export interface SessionHooks {
  readonly onEvent: (event: ActivityEvent) => void;
  readonly onDelivered: () => void;
  readonly onError: (code: ProblemCode, error: unknown) => void;
}

/**
 * A flush outlasts a throttled second. The deadline of close() ends it if the destination does not respond.
 */
const FLUSH_ATTEMPTS = 5;

/** Rejects with errors of the data directory or the queue. */
export async function openSession(
  options: ResolvedOptions,
  sink: Sink,
  { onEvent, onDelivered, onError }: SessionHooks,
): Promise<Session> {
  const { runtime, logger, userId } = options;
  await prepareDataDir(options.dataDir);
  const { spool, deadLetters, openMinute } = await queueOf(options);
  const deviceId = await deviceIdFor(options, spool).catch(async (error: unknown) => {
    // Release the folder for the next attempt. A spool passed in as an option stays open.
    if (options.spool === null) await Promise.all([spool.close(), deadLetters?.close()]);
    throw error;
  });
  const sessionId = runtime.uuid();
  const zones = new ZoneHistory(runtime);
  const drain = new Drain({
    ...options,
    flushAttempts: FLUSH_ATTEMPTS,
    spool,
    sink,
    deadLetters,
    onDelivered,
    onRejected: () => recorder.reportLosses(),
    onError: (error) => onError(error instanceof SpoolError ? 'queue_failed' : 'delivery_failed', error),
  });
  const recorder: Recorder = new Recorder({
    runtime,
    logger,
    spool,
    openMinute,
    zones,
    identity: { deviceId, sessionId, userId },
    onAccepted: (events, bytes) => {
      drain.accepted(events, bytes);
      for (const event of events) onEvent(event);
    },
    onError: (error) => onError('queue_failed', error),
  });
  const draft = (await openMinute?.recover()) ?? null;
  if (draft !== null) recorder.restore(draft);
  recorder.reportLosses();
  return { deviceId, sessionId, spool, deadLetters, recorder, drain, zones, release: keepAlive() };
}

const deviceIdFor = ({ dataDir, runtime, logger }: ResolvedOptions, { lastSeq }: Spool): Promise<string> =>
  loadDeviceId({ dataDir, runtime, logger, lastSeq });

interface QueueParts extends Pick<Session, 'spool' | 'deadLetters'> {
  readonly openMinute: OpenMinute | null;
}

async function queueOf(options: ResolvedOptions): Promise<QueueParts> {
  const { spool, deadLetters, openMinute, dataDir, keyStore, queueMaxBytes: maxBytes } = options;
  if (spool !== null) return { spool, deadLetters, openMinute };
  const { runtime, logger } = options;
  return openQueue({ dataDir, keyStore, maxBytes, runtime, logger });
}
