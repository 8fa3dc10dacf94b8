/**
 * Sends the records of the spool to the sink.
 *
 * Invariants:
 *  1. No record is in two sends at once: a lane is read after its last read record, and from its
 *     beginning again only while nothing is in flight.
 *  2. At most MAX_IN_FLIGHT batches are in memory, and a backlog leaves some of them to live events.
 *  3. A backlog is sent oldest first, below the rate of the sink; live events do not wait for it.
 *  4. After a failure, nothing is sent until a growing random delay has passed or flush() is
 *     called. Then one batch at a time is sent until one is delivered.
 */
import { type ActivityEvent, backoffMs, messageOf } from '@kinetrack/schema';
import type { DeadLetters } from '../dead-letters.ts';
import type { Logger } from '../logger.ts';
import { MAX_RECORD_BYTES, MAX_RECORD_EVENTS } from '../pack.ts';
import type { Runtime, Timer } from '../runtime.ts';
import type { RecordOutcome, RejectionCode, Sink } from '../sinks/sink.ts';
import type { Spool, SpoolRecord } from '../spool/spool.ts';
import { Cadence, DEFAULT_FLUSH_INTERVAL_MS, Pace, PushTimer } from './cadence.ts';
import { type Lane, Lanes } from './lanes.ts';

export interface DrainOptions {
  readonly spool: Spool;
  readonly sink: Sink;
  /** Null: rejected records are counted and not stored. */
  readonly deadLetters: DeadLetters | null;
  readonly runtime: Runtime;
  readonly logger: Logger;
  readonly maxBatchRecords: number;
  readonly maxBatchBytes: number;
  /** Null: DEFAULT_FLUSH_INTERVAL_MS, or the cadence of the destination if that is longer. */
  readonly flushIntervalMs: number | null;
  /** Failed attempts after which flush() returns, with the waits between them. @defaultValue 1 */
  readonly flushAttempts?: number;
  readonly onDelivered: () => void;
  /** Records were permanently rejected; the spool has counted them. */
  readonly onRejected: () => void;
  readonly onError: (error: unknown) => void;
}

/** `pending`: the rest stays in the spool and is retried. */
export type FlushResult =
  | { readonly status: 'delivered' }
  | { readonly status: 'pending'; readonly records: number; readonly reason: string };

/** Slightly below a full record: events recorded together must not spill into a second one. */
const NEARLY_FULL_BYTES = MAX_RECORD_BYTES - 3 * 1024;
const MAX_IN_FLIGHT = 8;
const MAX_BACKLOG_IN_FLIGHT = 6;
/** A throttled shard accepts more within a second. */
const FIRST_RETRY_MS = 200;
const LONGEST_RETRY_MS = 60_000;
/**
 * Records that waited through a longer outage are backlog. A shorter one, such as a throttled second, makes
 * none.
 */
const OUTAGE_MS = 30_000;

export class Drain {
  readonly #options: DrainOptions;
  readonly #lanes: Lanes;
  readonly #pace: Pace;
  readonly #cadence: Cadence;
  #inFlight = 0;
  #backlogInFlight = 0;
  #reading: Promise<void> | null = null;
  #isAskedAgain: boolean = false;
  #isStopped: boolean = false;
  /** Why the last batch failed, until the next attempt. */
  #failure: string | null = null;
  #failuresInARow = 0;
  /** Same, but reset by flush(). */
  #backoffFailures = 0;
  #lastLogged: string | null = null;
  /** Monotonic time of the first failure since the last delivery; null while deliveries succeed. */
  #failingSinceMs: number | null = null;
  #retryTimer: Timer | null = null;
  /**
   * Last id at the last failed attempt. The connection may have returned at any time since, so later
   * records are live.
   */
  #failedUpToId = 0;
  readonly #pushTimer: PushTimer;
  #paceTimer: Timer | null = null;
  #newRecords = 0;
  #newBytes = 0;
  #steps = 0;
  #onStep: (() => void)[] = [];

  constructor(options: DrainOptions) {
    this.#options = options;
    this.#lanes = new Lanes(options.spool);
    this.#pace = new Pace(options.runtime, options.sink.rate);
    this.#pushTimer = new PushTimer(options.runtime, () => this.push());
    this.#cadence = new Cadence(options.runtime);
  }

  /** Decides whether accepted events are sent now or held for batching. */
  accepted(events: readonly ActivityEvent[], bytes: number): void {
    this.#newRecords += events.length;
    this.#newBytes += bytes;
    const isFull = this.#newRecords >= MAX_RECORD_EVENTS || this.#newBytes >= NEARLY_FULL_BYTES;
    // Dashboards wait for closed minutes.
    const hasMinute = events.some((event) => event.activity_type === 'sample');
    const { sink, flushIntervalMs } = this.#options;
    const { cadenceMs = 0 } = sink;
    if (isFull || (hasMinute && cadenceMs === 0)) this.push();
    else if (!this.#isStopped) {
      const heldMs = flushIntervalMs ?? Math.max(DEFAULT_FLUSH_INTERVAL_MS, cadenceMs);
      this.#pushTimer.within(hasMinute ? this.#cadence.waitMs(cadenceMs) : heldMs);
    }
  }

  /** Sends pending records, without waiting for it. */
  push(): void {
    this.#newRecords = 0;
    this.#newBytes = 0;
    this.#pushTimer.cancel();
    this.#lanes.wakeLive();
    void this.#read();
  }

  /** Resolves once all earlier records are delivered or rejected, or after `flushAttempts` failures. */
  async flush(): Promise<FlushResult> {
    const { spool, sink, flushAttempts = 1 } = this.#options;
    const target = spool.lastSeq;
    if (this.#retryTimer !== null) this.#tryAgain();
    this.#backoffFailures = 0;
    for (;;) {
      const seen = this.#steps;
      this.#lanes.wakeLive();
      await this.#read();
      await sink.flush?.().catch((error: unknown) => this.#report('the sink could not be flushed', error));
      const oldest = (await spool.read({ maxRecords: 1, maxBytes: 1 }))[0];
      if (oldest === undefined) return this.#whenNothingCanBeRead();
      if (oldest.id > target) return { status: 'delivered' };
      const isGivenUp = this.#retryTimer !== null && this.#backoffFailures >= flushAttempts;
      const reason = this.#isStopped ? 'closed' : isGivenUp ? this.#failure : null;
      if (reason !== null) return { status: 'pending', records: spool.status().pendingRecords, reason };
      await this.#stepAfter(seen);
    }
  }

  /** Starts no further send; resolves once those in flight have ended. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const timer of [this.#retryTimer, this.#pushTimer, this.#paceTimer]) timer?.cancel();
    this.#step();
    await this.#reading;
    while (this.#inFlight > 0) await this.#stepAfter(this.#steps);
  }

  #whenNothingCanBeRead(): FlushResult {
    const { pendingRecords, storage } = this.#options.spool.status();
    if (pendingRecords === 0) return { status: 'delivered' };
    const reason = storage?.keyProblem ?? 'the spool cannot read them';
    return { status: 'pending', records: pendingRecords, reason };
  }

  /**
   * Sends batches until nothing is left or MAX_IN_FLIGHT is reached. Resolves then, before their delivery.
   */
  #read(): Promise<void> {
    this.#isAskedAgain = true;
    this.#reading ??= this.#readAll();
    return this.#reading;
  }

  async #readAll(): Promise<void> {
    // #reading must be set before it is cleared.
    await Promise.resolve();
    try {
      while (this.#isAskedAgain) {
        this.#isAskedAgain = false;
        const lane = this.#nextLane();
        if (lane === null) continue;
        await this.#sendNext(lane);
        this.#isAskedAgain = true;
      }
    } catch (error) {
      this.#fail('the spool could not be read', error);
      this.#step();
    } finally {
      // In the same turn as the last check of #isAskedAgain, so no request is lost.
      this.#reading = null;
    }
  }

  /** The lane to read next; null if nothing may be sent now. */
  #nextLane(): Lane | null {
    if (!this.#maySend()) return null;
    if (this.#lanes.mayHave('live')) return 'live';
    if (!this.#lanes.mayHave('backlog') || this.#backlogInFlight >= MAX_BACKLOG_IN_FLIGHT) return null;
    const waitMs = this.#pace.waitMs();
    if (waitMs === 0) return 'backlog';
    this.#paceTimer ??= this.#options.runtime.after(waitMs, () => {
      this.#paceTimer = null;
      void this.#read();
    });
    return null;
  }

  #maySend(): boolean {
    const places = this.#failuresInARow > 0 ? 1 : MAX_IN_FLIGHT;
    return !this.#isStopped && this.#failure === null && this.#retryTimer === null && this.#inFlight < places;
  }

  async #sendNext(lane: Lane): Promise<void> {
    const { maxBatchRecords: maxRecords, maxBatchBytes } = this.#options;
    const isBacklog = lane === 'backlog';
    const maxBytes = isBacklog ? Math.min(maxBatchBytes, this.#pace.maxBatchBytes) : maxBatchBytes;
    const records = await this.#lanes.next(lane, { maxRecords, maxBytes });
    if (records === undefined || records.length === 0) return;
    // A batch may have failed during the read: that one is retried first.
    if (!this.#maySend()) {
      this.#lanes.putBack(lane, records);
      return;
    }
    const bytes = records.reduce((sum, { line }) => sum + Buffer.byteLength(line) + 1, 0);
    this.#pace.spend(records.length, bytes);
    this.#inFlight += 1;
    if (isBacklog) this.#backlogInFlight += 1;
    void this.#deliver(records, isBacklog);
  }

  async #deliver(records: readonly SpoolRecord[], isBacklog: boolean): Promise<void> {
    try {
      await this.#settle(records, await this.#outcomes(records));
    } catch (error) {
      // Delivered but still in the spool: the records are sent again, and the rollup drops the duplicates.
      this.#fail('the spool could not record acknowledgements', error);
    }
    this.#inFlight -= 1;
    if (isBacklog) this.#backlogInFlight -= 1;
    if (this.#failure === null) this.#arrived();
    else if (this.#inFlight === 0) this.#retryLater();
    this.#step();
    await this.#read();
  }

  async #outcomes(records: readonly SpoolRecord[]): Promise<readonly RecordOutcome[]> {
    const { sink } = this.#options;
    try {
      return await sink.send(records);
    } catch (error) {
      return records.map(() => ({ status: 'retryable', reason: `${sink.name} failed: ${messageOf(error)}` }));
    }
  }

  async #settle(records: readonly SpoolRecord[], outcomes: readonly RecordOutcome[]): Promise<void> {
    const { delivered, rejected, failure } = await settleRecords(this.#options, records, outcomes);
    if (failure !== null) {
      // Batches in flight fail together: only the first reason is reported.
      if (this.#failure === null) this.#report('records could not be delivered yet', failure);
      this.#failure = failure;
    }
    if (delivered + rejected > 0) this.#failingSinceMs = null;
    if (rejected > 0) this.#options.onRejected();
    if (delivered === 0) return;
    this.#lastLogged = null;
    this.#options.onDelivered();
  }

  #arrived(): void {
    this.#failuresInARow = 0;
    this.#backoffFailures = 0;
  }

  #fail(what: string, error: unknown): void {
    if (this.#isStopped) return;
    this.#failure = messageOf(error);
    this.#report(what, error);
    if (this.#inFlight === 0) this.#retryLater();
  }

  #retryLater(): void {
    if (this.#isStopped || this.#retryTimer !== null) return;
    const { runtime, spool } = this.#options;
    this.#failuresInARow += 1;
    this.#backoffFailures += 1;
    const delayMs = backoffMs(this.#backoffFailures, {
      baseMs: FIRST_RETRY_MS,
      maxMs: LONGEST_RETRY_MS,
      random: () => runtime.random(),
    });
    this.#failingSinceMs ??= runtime.monotonic();
    this.#failedUpToId = spool.lastSeq;
    this.#retryTimer = runtime.after(delayMs, () => {
      this.#tryAgain();
      this.push();
    });
  }

  /** Nothing is in flight here, so the failed records can be read again. */
  #tryAgain(): void {
    this.#retryTimer?.cancel();
    this.#retryTimer = null;
    this.#failure = null;
    const nowMs = this.#options.runtime.monotonic();
    if (nowMs - (this.#failingSinceMs ?? nowMs) > OUTAGE_MS) this.#lanes.makeBacklog(this.#failedUpToId);
    else this.#lanes.restart();
  }

  /** An outage of days has thousands of attempts: a repeated message is logged once. */
  #report(what: string, error: unknown): void {
    const message = messageOf(error);
    const { logger, onError } = this.#options;
    const log = message === this.#lastLogged ? logger.debug : logger.error;
    log(what, { error: message });
    this.#lastLogged = message;
    onError(error);
  }

  #step(): void {
    this.#steps += 1;
    for (const resolve of this.#onStep.splice(0)) resolve();
  }

  #stepAfter(seen: number): Promise<void> {
    if (this.#steps !== seen) return Promise.resolve();
    return new Promise((resolve) => this.#onStep.push(resolve));
  }
}

interface SettlementContext {
  readonly spool: Spool;
  readonly deadLetters: DeadLetters | null;
  readonly logger: Logger;
}

interface Settlement {
  readonly delivered: number;
  readonly rejected: number;
  /** Why some records were not delivered; null if all are settled. */
  readonly failure: string | null;
}

/**
 * Applies the outcomes of a sink to the spool.
 *
 * Invariants:
 *  1. A record leaves the spool only by its id, and only once the sink has delivered or permanently
 *     rejected it.
 *  2. A rejected record is stored as a dead letter before it leaves the spool. If that fails, it
 *     leaves anyway and is counted: one record must not block all later ones.
 *
 * Rejects if the spool refuses the acknowledgement; the records are then sent again.
 */
async function settleRecords(
  { spool, deadLetters, logger }: SettlementContext,
  records: readonly SpoolRecord[],
  outcomes: readonly RecordOutcome[],
): Promise<Settlement> {
  const delivered: number[] = [];
  const rejected = new Map<RejectionCode, number[]>();
  const letters = [];
  let failure: string | null = null;
  for (const [index, { id, line }] of records.entries()) {
    const outcome = outcomes[index];
    switch (outcome?.status) {
      case 'delivered':
        delivered.push(id);
        break;
      case 'rejected':
        rejected.set(outcome.code, [...(rejected.get(outcome.code) ?? []), id]);
        letters.push({ seq: id, code: outcome.code, reason: outcome.reason, line });
        break;
      default:
        // A missing outcome keeps the record.
        failure ??= outcome?.reason ?? 'the sink returned no outcome';
    }
  }
  if (delivered.length > 0) await spool.ack(delivered);
  if (letters.length > 0) {
    logger.error('the destination permanently rejected records', { records: letters.length });
    await deadLetters?.keep(letters).catch((error: unknown) => {
      logger.error('dead letters could not be stored', { records: letters.length, error: messageOf(error) });
    });
  }
  for (const [code, ids] of rejected) await spool.drop(code, ids);
  return { delivered: delivered.length, rejected: letters.length, failure };
}
