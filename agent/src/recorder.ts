/**
 * From a body to an accepted event: envelope, seq, spool.
 *
 * Invariants:
 *  1. The seq is given when the spool takes the event, so accepted events are numbered without a gap,
 *     also when an append fails or memory runs out.
 *  2. Events are appended in the order in which they were recorded, one append at a time.
 *  3. recorded = accepted + waiting + dropped; dropped ones are counted by reason.
 */
import { type ActivityBody, type ActivityEvent, formatUtc, SCHEMA_VERSION } from '@kinetrack/schema';
import type { ZoneHistory } from './enrich/zone-history.ts';
import { type Logger, messageOf } from './logger.ts';
import type { Runtime, Timer } from './runtime.ts';
import type { Spool } from './spool/spool.ts';
import { AGENT_VERSION } from './version.ts';

export interface RecorderContext {
  readonly spool: Spool;
  readonly runtime: Runtime;
  readonly zones: ZoneHistory;
  readonly logger: Logger;
  readonly identity: { readonly deviceId: string; readonly sessionId: string; readonly userId: string };
  readonly onAccepted: (events: readonly ActivityEvent[], bytes: number) => void;
  readonly onError: (error: unknown) => void;
}

const MAX_APPEND = 256;
/** What memory holds while the disk refuses: minutes of the busiest typing. */
const MAX_WAITING = 10_000;
const RETRY_MS = 1000;

interface Waiting {
  readonly body: ActivityBody;
  readonly atMs: number;
  readonly utc_offset_min: number;
  readonly time_zone: string;
}

export class Recorder {
  readonly #context: RecorderContext;
  #waiting: Waiting[] = [];
  #recorded = 0;
  #accepted = 0;
  #dropped = 0;
  #droppedReported = 0;
  #appending: Promise<void> | null = null;
  #retryTimer: Timer | null = null;

  constructor(context: RecorderContext) {
    this.#context = context;
  }

  /** Takes an event up; it is accepted a moment later. Never throws. */
  record(body: ActivityBody, atMs: number): void {
    this.#recorded += 1;
    if (this.#waiting.length >= MAX_WAITING) {
      this.#dropped += 1;
      return;
    }
    const { utc_offset_min, time_zone } = this.#context.zones.at(atMs);
    this.#waiting.push({ body, atMs, utc_offset_min, time_zone });
    if (this.#retryTimer === null) this.#start();
  }

  /** Resolves once everything recorded so far is accepted, or with false where the spool refuses it. */
  async flush(): Promise<boolean> {
    this.#retryTimer?.cancel();
    this.#retryTimer = null;
    this.#start();
    await this.#appending;
    return this.#waiting.length === 0;
  }

  /** No more attempts: what the spool refuses now is lost, and status() says so. */
  close(): void {
    this.#retryTimer?.cancel();
  }

  counts() {
    return {
      recorded: this.#recorded,
      accepted: this.#accepted,
      waiting: this.#waiting.length,
      dropped: this.#dropped,
    };
  }

  #start(): void {
    this.#appending ??= this.#appendAll().catch(this.#context.onError);
  }

  async #appendAll(): Promise<void> {
    // A signal's events are recorded in one go: they travel together.
    await Promise.resolve();
    try {
      while (this.#waiting.length > 0 && (await this.#appendNext()));
    } finally {
      // In the same turn as the last look at what waits: nothing can be recorded in between and be forgotten.
      this.#appending = null;
    }
  }

  /** Whether the spool took them. */
  async #appendNext(): Promise<boolean> {
    const events = this.#waiting.slice(0, MAX_APPEND).map((waiting, index) => this.#event(waiting, index));
    const records = events.map((event) => ({ id: event.seq, line: JSON.stringify(event) }));
    try {
      await this.#context.spool.append(records);
    } catch (error) {
      this.#refused(error);
      return false;
    }
    this.#waiting.splice(0, events.length);
    this.#accepted += events.length;
    this.#reportDropped();
    const bytes = records.reduce((sum, { line }) => sum + line.length, 0);
    this.#context.onAccepted(events, bytes);
    return true;
  }

  #event({ body, atMs, utc_offset_min, time_zone }: Waiting, index: number): ActivityEvent {
    const { deviceId, sessionId, userId } = this.#context.identity;
    const seq = this.#context.spool.lastSeq + 1 + index;
    return {
      schema_version: SCHEMA_VERSION,
      event_id: `${deviceId}:${seq}`,
      device_id: deviceId,
      seq,
      session_id: sessionId,
      user_id: userId,
      ts: formatUtc(atMs),
      utc_offset_min,
      time_zone,
      agent_version: AGENT_VERSION,
      ...body,
    };
  }

  #refused(error: unknown): void {
    const { logger, runtime, onError } = this.#context;
    logger.error('the spool did not accept events; they are kept in memory', {
      waiting: this.#waiting.length,
      error: messageOf(error),
    });
    onError(error);
    this.#retryTimer = runtime.after(RETRY_MS, () => {
      this.#retryTimer = null;
      this.#start();
    });
  }

  /** Once the spool accepts again, what was lost meanwhile becomes an event of its own. */
  #reportDropped(): void {
    const count = this.#dropped - this.#droppedReported;
    if (count === 0) return;
    this.#droppedReported = this.#dropped;
    const detail = { reason: 'spool_unavailable', events: String(count) };
    this.record({ activity_type: 'system', kind: 'dropped', detail }, this.#context.runtime.now());
  }
}
