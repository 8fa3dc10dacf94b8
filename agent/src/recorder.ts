/**
 * Turns event bodies into accepted events: envelope, seq, spool.
 *
 * Invariants:
 *  1. The seq is assigned when the spool accepts the event, so accepted events are numbered without
 *     a gap, even if an append fails or memory is full.
 *  2. Events are appended in the order in which they were recorded, one append at a time.
 *  3. captured = the last seq of the spool + the events in memory. Events that exceeded the memory
 *     limit also get their seqs, as a loss, once the spool accepts again.
 *  4. A sample is appended once no draft of it is left: see open-minute.ts.
 *  5. Each loss of the spool becomes an event, and is reported again after a restart until that event is
 *     accepted.
 */
import {
  type ActivityBody,
  type ActivityEvent,
  formatUtc,
  messageOf,
  SCHEMA_VERSION,
} from '@kinetrack/schema';
import type { TrackResult } from './custom-event.ts';
import type { OpenSample } from './enrich/sample-accountant.ts';
import type { ZoneHistory } from './enrich/zone-history.ts';
import type { Logger } from './logger.ts';
import type { Draft, OpenMinute } from './open-minute.ts';
import type { Runtime, Timer } from './runtime.ts';
import { countOf, type IdRange } from './spool/id-ranges.ts';
import type { Loss, Spool } from './spool/spool.ts';
import { AGENT_VERSION } from './version.ts';

export interface RecorderContext {
  readonly spool: Spool;
  /** Null if the open minute is not stored. */
  readonly openMinute: OpenMinute | null;
  readonly runtime: Runtime;
  readonly zones: ZoneHistory;
  readonly logger: Logger;
  readonly identity: { readonly deviceId: string; readonly sessionId: string; readonly userId: string };
  readonly onAccepted: (events: readonly ActivityEvent[], bytes: number) => void;
  readonly onError: (error: unknown) => void;
}

const MAX_APPEND = 256;
/** Limit in memory while the disk refuses: minutes of the busiest typing. */
const MAX_WAITING = 10_000;
/** A separate limit for events of track(): a loop in a script must not displace captured events. */
const MAX_WAITING_CUSTOM = 10_000;
const MAX_WAITING_CUSTOM_BYTES = 4 * 1024 * 1024;
const RETRY_MS = 1000;

interface Waiting {
  readonly body: ActivityBody;
  readonly atMs: number;
  readonly utc_offset_min: number;
  readonly time_zone: string;
  /** The loss that this event reports; marked as reported once the event is accepted. */
  readonly loss?: Loss;
  /** Session and user, if not those of this session. */
  readonly of?: Pick<Draft, 'session_id' | 'user_id'>;
  readonly custom?: WaitingCustom;
}

/** For an event of track(), whose caller awaits the result. */
interface WaitingCustom {
  readonly bytes: number;
  readonly settle: (result: TrackResult) => void;
}

export class Recorder {
  readonly #context: RecorderContext;
  #waiting: Waiting[] = [];
  /** Dropped for lack of memory, not yet reported to the spool. */
  #overflow = 0;
  #appending: Promise<void> | null = null;
  #retryTimer: Timer | null = null;
  #waitingCustom = 0;
  #waitingCustomBytes = 0;
  #isClosed: boolean = false;

  constructor(context: RecorderContext) {
    this.#context = context;
  }

  /** Queues an event for the next append. Never throws. */
  record(body: ActivityBody, atMs: number): void {
    if (this.#waiting.length - this.#waitingCustom >= MAX_WAITING) {
      this.#overflow += 1;
      return;
    }
    this.#waiting.push({ body, atMs, ...this.#context.zones.at(atMs) });
    if (this.#retryTimer === null) this.#start();
  }

  /**
   * Queues an event of track(). Resolves once the spool has accepted it, or with the reason of the drop.
   * Never rejects.
   */
  recordCustom(body: ActivityBody<'custom'>, atMs: number): Promise<TrackResult> {
    const bytes = Buffer.byteLength(JSON.stringify(body));
    const isFull =
      this.#waitingCustom >= MAX_WAITING_CUSTOM ||
      this.#waitingCustomBytes + bytes > MAX_WAITING_CUSTOM_BYTES;
    if (isFull) {
      this.#overflow += 1;
      return Promise.resolve({ status: 'dropped', reason: 'memory_full' });
    }
    return new Promise((settle) => {
      this.#waitingCustom += 1;
      this.#waitingCustomBytes += bytes;
      this.#waiting.push({ body, atMs, ...this.#context.zones.at(atMs), custom: { bytes, settle } });
      if (this.#retryTimer === null) this.#start();
    });
  }

  /**
   * Queues the unfinished sample of a killed session. The memory limit does not apply: there is only one.
   */
  restore({ session_id, user_id, ...draft }: Draft): void {
    this.#waiting.push({ ...draft, of: { session_id, user_id } });
    if (this.#retryTimer === null) this.#start();
  }

  /** Stores the open sample in case of a kill; null removes it. Never throws. */
  keepOpen(sample: OpenSample | null): void {
    const { openMinute, zones, identity } = this.#context;
    if (sample === null) {
      // If this fails, the next append of a sample waits for the removal.
      openMinute?.clear().catch(() => undefined);
      return;
    }
    const { startMs, body } = sample;
    const whose = { session_id: identity.sessionId, user_id: identity.userId };
    void openMinute?.write({ body, atMs: startMs, ...zones.at(startMs), ...whose });
  }

  /** Resolves with true once all recorded events are accepted, or with false if the spool refuses them. */
  async flush(): Promise<boolean> {
    this.#retryTimer?.cancel();
    this.#retryTimer = null;
    this.#start();
    await this.#appending;
    return this.#waiting.length === 0;
  }

  /** Stops retrying: events that the spool refuses now are lost, and status() counts them. */
  close(): void {
    this.#isClosed = true;
    this.#retryTimer?.cancel();
    // The current append may still succeed.
    if (this.#appending === null) this.#settleLost();
  }

  #settleLost(): void {
    for (const { custom } of this.#waiting) custom?.settle({ status: 'dropped', reason: 'queue_failed' });
  }

  /** Captured events without a seq. */
  get waiting(): number {
    return this.#waiting.length + this.#overflow;
  }

  /** Records an event for each unreported loss: at the start and after each drop. */
  reportLosses(): void {
    const { spool, runtime } = this.#context;
    const losses = spool.losses();
    if (losses.length === 0 || this.#waiting.some(({ loss }) => loss !== undefined)) return;
    const atMs = runtime.now();
    for (const { body, loss } of lossEvents(losses)) this.#recordLoss(body, loss, atMs);
    if (this.#retryTimer === null) this.#start();
  }

  /** Without the memory limit of record(): these events are few, and must not be lost like the others. */
  #recordLoss(body: LossEvent['body'], loss: Loss, atMs: number): void {
    this.#waiting.push({ body, atMs, ...this.#context.zones.at(atMs), loss });
  }

  #start(): void {
    this.#appending ??= this.#appendAll().catch(this.#context.onError);
  }

  async #appendAll(): Promise<void> {
    // All events of one signal are recorded in this turn and appended together.
    await Promise.resolve();
    try {
      while (this.#waiting.length > 0 && (await this.#appendNext()));
    } finally {
      // In the same turn as the last check of #waiting, so no event is missed.
      this.#appending = null;
    }
  }

  /** Returns whether the spool accepted them. */
  async #appendNext(): Promise<boolean> {
    const taken = this.#waiting.slice(0, MAX_APPEND);
    const { spool, openMinute, onAccepted } = this.#context;
    try {
      if (taken.some(({ body }) => body.activity_type === 'sample')) await openMinute?.clear();
      const events = taken.map((waiting, index) => this.#event(waiting, index));
      const records = events.map((event) => ({ id: event.seq, line: JSON.stringify(event) }));
      await spool.append(records);
      this.#waiting.splice(0, taken.length);
      this.#settleAccepted(taken, events);
      onAccepted(
        events,
        records.reduce((sum, { line }) => sum + line.length, 0),
      );
      const reported = taken.flatMap(({ loss }) => loss ?? []);
      if (reported.length > 0) await spool.lossesReported(reported);
      await this.#skipOverflow();
    } catch (error) {
      this.#refused(error);
      return false;
    }
    this.reportLosses();
    return true;
  }

  #settleAccepted(taken: readonly Waiting[], events: readonly ActivityEvent[]): void {
    for (const [index, { custom }] of taken.entries()) {
      const event = events[index];
      if (custom === undefined || event === undefined) continue;
      this.#waitingCustom -= 1;
      this.#waitingCustomBytes -= custom.bytes;
      custom.settle({ status: 'accepted', eventId: event.event_id });
    }
  }

  /** Assigns seqs to events dropped from memory, so that their absence is visible and explained. */
  async #skipOverflow(): Promise<void> {
    const count = this.#overflow;
    if (count === 0 || this.#waiting.length > 0) return;
    await this.#context.spool.skip(count, 'memory_full');
    this.#overflow -= count;
  }

  #event({ body, atMs, utc_offset_min, time_zone, of }: Waiting, index: number): ActivityEvent {
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
      ...of,
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
    if (this.#isClosed) {
      this.#settleLost();
      return;
    }
    this.#retryTimer = runtime.after(RETRY_MS, () => {
      this.#retryTimer = null;
      this.#start();
    });
  }
}

interface LossEvent {
  readonly body: ActivityBody<'system'>;
  /** The part of the losses in this event. */
  readonly loss: Loss;
}

/** Maximum length of a detail in the schema of `system`. */
const MAX_TEXT = 1024;

/**
 * Losses as events. Each event explains a gap in the seqs of a device.
 *
 * `{reason, events: '29', ranges: '12-40,57'}` per reason; several events if the ranges exceed one detail.
 */
export function lossEvents(losses: readonly Loss[]): readonly LossEvent[] {
  return losses.flatMap(({ reason, ranges }) =>
    inPortions(ranges).map((portion): LossEvent => {
      const detail = { reason, events: String(countOf(portion)), ranges: portion.map(rangeText).join(',') };
      return {
        body: { activity_type: 'system', kind: 'dropped', detail },
        loss: { reason, ranges: portion },
      };
    }),
  );
}

function inPortions(ranges: readonly IdRange[]): readonly (readonly IdRange[])[] {
  const portions: IdRange[][] = [];
  let length = Number.POSITIVE_INFINITY;
  for (const range of ranges) {
    const more = rangeText(range).length + 1;
    if (length + more > MAX_TEXT) {
      portions.push([]);
      length = 0;
    }
    portions.at(-1)?.push(range);
    length += more;
  }
  return portions;
}

const rangeText = ([from, to]: IdRange): string => (from === to ? String(from) : `${from}-${to}`);
