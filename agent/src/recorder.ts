/**
 * From a body to an accepted event: envelope, seq, spool.
 *
 * Invariants:
 *  1. The seq is given when the spool takes the event, so accepted events are numbered without a gap,
 *     also when an append fails or memory runs out.
 *  2. Events are appended in the order in which they were recorded, one append at a time.
 *  3. captured = what the spool has given a seq + what waits in memory. What memory could not hold gets its seqs
 *     as well, once the spool takes anything again: as a loss.
 *  4. A sample is appended once nothing is left of its draft: see open-minute.ts.
 *  5. Each loss of the spool becomes an event, and is reported again after a restart until that event is accepted.
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
  /** Null where nothing keeps the open minute. */
  readonly openMinute: OpenMinute | null;
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
/** Of a script's own events, apart from those: a script in a loop must not displace what is captured. */
const MAX_WAITING_CUSTOM = 10_000;
const MAX_WAITING_CUSTOM_BYTES = 4 * 1024 * 1024;
const RETRY_MS = 1000;

interface Waiting {
  readonly body: ActivityBody;
  readonly atMs: number;
  readonly utc_offset_min: number;
  readonly time_zone: string;
  /** The loss that the spool may mark as reported once this event is accepted. */
  readonly loss?: Loss;
  /** Whose it is, where it is not this session's. */
  readonly of?: Pick<Draft, 'session_id' | 'user_id'>;
  readonly custom?: WaitingCustom;
}

/** Of an event that a script waits for. */
interface WaitingCustom {
  readonly bytes: number;
  readonly settle: (result: TrackResult) => void;
}

export class Recorder {
  readonly #context: RecorderContext;
  #waiting: Waiting[] = [];
  /** Given up for want of memory, and not yet known to the spool. */
  #overflow = 0;
  #appending: Promise<void> | null = null;
  #retryTimer: Timer | null = null;
  #waitingCustom = 0;
  #waitingCustomBytes = 0;
  #isClosed: boolean = false;

  constructor(context: RecorderContext) {
    this.#context = context;
  }

  /** Takes an event up; it is accepted a moment later. Never throws. */
  record(body: ActivityBody, atMs: number): void {
    if (this.#waiting.length - this.#waitingCustom >= MAX_WAITING) {
      this.#overflow += 1;
      return;
    }
    this.#waiting.push({ body, atMs, ...this.#context.zones.at(atMs) });
    if (this.#retryTimer === null) this.#start();
  }

  /** Takes up an event of a script; resolves once the spool has it, or with why it never will. Never rejects. */
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

  /** What a killed session was about to record. It is known once, so memory's bound does not count for it. */
  restore({ session_id, user_id, ...draft }: Draft): void {
    this.#waiting.push({ ...draft, of: { session_id, user_id } });
    if (this.#retryTimer === null) this.#start();
  }

  /** Keeps the open sample for the case of a kill; null: there is none any more. Never throws. */
  keepOpen(sample: OpenSample | null): void {
    const { openMinute, zones, identity } = this.#context;
    if (sample === null) {
      // Whatever does not go now is waited for before the next sample.
      openMinute?.clear().catch(() => undefined);
      return;
    }
    const { startMs, body } = sample;
    const whose = { session_id: identity.sessionId, user_id: identity.userId };
    void openMinute?.write({ body, atMs: startMs, ...zones.at(startMs), ...whose });
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
    this.#isClosed = true;
    this.#retryTimer?.cancel();
    // What is being appended may still be accepted.
    if (this.#appending === null) this.#settleLost();
  }

  #settleLost(): void {
    for (const { custom } of this.#waiting) custom?.settle({ status: 'dropped', reason: 'queue_failed' });
  }

  /** Captured and without a seq so far. */
  get waiting(): number {
    return this.#waiting.length + this.#overflow;
  }

  /** Makes events of what the spool has lost: at the start, and whenever something was given up. */
  reportLosses(): void {
    const { spool, runtime } = this.#context;
    const losses = spool.losses();
    if (losses.length === 0 || this.#waiting.some(({ loss }) => loss !== undefined)) return;
    const atMs = runtime.now();
    for (const { body, loss } of lossEvents(losses)) this.#tell(body, loss, atMs);
    if (this.#retryTimer === null) this.#start();
  }

  /** Not bounded by memory as record() is: few, and what they tell must not be lost with the rest. */
  #tell(body: LossEvent['body'], loss: Loss, atMs: number): void {
    this.#waiting.push({ body, atMs, ...this.#context.zones.at(atMs), loss });
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

  /** The events that memory could not hold get their seqs, so that their absence can be seen and explained. */
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
  /** The part of the losses that the event reports. */
  readonly loss: Loss;
}

/** What a detail may hold: see the schema of `system`. */
const MAX_TEXT = 1024;

/**
 * Losses as events: an event explains the gap that they leave in the seqs of a device.
 *
 * `{reason, events: '29', ranges: '12-40,57'}` for each reason, several where the ranges fill more than one.
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
