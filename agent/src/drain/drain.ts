/**
 * Empties the spool into the sink.
 *
 * Invariants:
 *  1. No record is in two sends at once: a lane is read behind the last record read, and from its beginning again
 *     only when nothing is under way.
 *  2. At most MAX_IN_FLIGHT batches are in memory, and a backlog leaves some of them to what is captured now.
 *  3. A backlog goes oldest first, below the rate of the sink; live events do not queue behind it.
 *  4. After a failure nothing is sent until a growing, random delay is over or flush() is called, and then a single
 *     batch, until one has arrived.
 */
import { type ActivityEvent, backoffMs } from '@kinetrack/schema';
import type { DeadLetters } from '../dead-letters.ts';
import { type Logger, messageOf } from '../logger.ts';
import { MAX_RECORD_BYTES, MAX_RECORD_EVENTS } from '../pack/limits.ts';
import type { Runtime, Timer } from '../runtime.ts';
import type { RecordOutcome, RejectionCode, Sink } from '../sinks/sink.ts';
import type { Spool, SpoolRecord } from '../spool/spool.ts';
import { Cadence, DEFAULT_FLUSH_INTERVAL_MS, Pace, PushTimer } from './cadence.ts';
import { type Lane, Lanes } from './lanes.ts';

export interface DrainOptions {
  readonly spool: Spool;
  readonly sink: Sink;
  /** Null: refused records are counted and not kept. */
  readonly deadLetters: DeadLetters | null;
  readonly runtime: Runtime;
  readonly logger: Logger;
  readonly maxBatchRecords: number;
  readonly maxBatchBytes: number;
  /** Null: DEFAULT_FLUSH_INTERVAL_MS, or the cadence of the destination where that is longer. */
  readonly flushIntervalMs: number | null;
  /** Failed attempts after which a flush gives up, waits between them included. @defaultValue 1 */
  readonly flushAttempts?: number;
  readonly onDelivered: () => void;
  /** Records were given up for good: the spool has counted them. */
  readonly onRejected: () => void;
  readonly onError: (error: unknown) => void;
}

/** `pending`: what is left stays in the spool and is tried again. */
export type FlushResult =
  | { readonly status: 'delivered' }
  | { readonly status: 'pending'; readonly records: number; readonly reason: string };

/** Shortly before a record is full: what is recorded together must not spill into a second one. */
const NEARLY_FULL_BYTES = MAX_RECORD_BYTES - 3 * 1024;
const MAX_IN_FLIGHT = 8;
const MAX_BACKLOG_IN_FLIGHT = 6;
/** A throttled shard takes more within the second. */
const FIRST_RETRY_MS = 200;
const LONGEST_RETRY_MS = 60_000;
/** What waited through an outage of this length is backlog; a shorter one, a throttled second say, makes none. */
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
  /** Why a batch could not be delivered, until the next attempt. */
  #failure: string | null = null;
  #failuresInARow = 0;
  /** The same, counted anew by flush(). */
  #backoffFailures = 0;
  #lastLogged: string | null = null;
  /** Monotonic: since when nothing has arrived; null while something does. */
  #failingSinceMs: number | null = null;
  #retryTimer: Timer | null = null;
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
    // A closed minute is what dashboards wait for.
    const hasMinute = events.some((event) => event.activity_type === 'sample');
    const { sink, flushIntervalMs } = this.#options;
    const { cadenceMs = 0 } = sink;
    if (isFull || (hasMinute && cadenceMs === 0)) this.push();
    else if (!this.#isStopped) {
      const heldMs = flushIntervalMs ?? Math.max(DEFAULT_FLUSH_INTERVAL_MS, cadenceMs);
      this.#pushTimer.within(hasMinute ? this.#cadence.waitMs(cadenceMs) : heldMs);
    }
  }

  /** Sends what is there, without waiting for it. */
  push(): void {
    this.#newRecords = 0;
    this.#newBytes = 0;
    this.#pushTimer.cancel();
    this.#lanes.wakeLive();
    void this.#read();
  }

  /** Resolves once everything accepted before is delivered or refused, or after `flushAttempts` failures. */
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

  /** Begins no further send; resolves once those under way have come back. */
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

  /** Sends batches until there is nothing to send or no place for more; resolves then, not when they have arrived. */
  #read(): Promise<void> {
    this.#isAskedAgain = true;
    this.#reading ??= this.#readAll();
    return this.#reading;
  }

  async #readAll(): Promise<void> {
    // Only once #reading is set may it be taken back.
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
      // In the same turn as the last check of #isAskedAgain, so that no request in between is lost.
      this.#reading = null;
    }
  }

  /** What is read next; null where nothing may be sent now. */
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
    // Meanwhile a batch may have failed: that one is tried first.
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
      // Delivered, but not forgotten: they go out again, and the rollup drops the second copy.
      this.#fail('the spool could not take acknowledgements', error);
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
      // Batches under way fail together: the first one tells why, the others add nothing.
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
    const { runtime } = this.#options;
    this.#failuresInARow += 1;
    this.#backoffFailures += 1;
    const delayMs = backoffMs(this.#backoffFailures, {
      baseMs: FIRST_RETRY_MS,
      maxMs: LONGEST_RETRY_MS,
      random: () => runtime.random(),
    });
    this.#failingSinceMs ??= runtime.monotonic();
    this.#retryTimer = runtime.after(delayMs, () => {
      this.#tryAgain();
      this.push();
    });
  }

  /** Nothing is under way here: what was read and came back is read again. */
  #tryAgain(): void {
    this.#retryTimer?.cancel();
    this.#retryTimer = null;
    this.#failure = null;
    const nowMs = this.#options.runtime.monotonic();
    if (nowMs - (this.#failingSinceMs ?? nowMs) > OUTAGE_MS) this.#lanes.makeAllBacklog();
    else this.#lanes.restart();
  }

  /** Days offline are thousands of attempts: the log says once what each of them would say. */
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
  /** Why something could not be delivered yet; null where everything was settled. */
  readonly failure: string | null;
}

/**
 * What a sink's answer means for the spool.
 *
 * Invariants:
 *  1. A record leaves the spool only by its id, and only once the sink has delivered it or refused it for good.
 *  2. What is refused for good is kept as a dead letter before it leaves the spool; where that fails it leaves all
 *     the same and is counted: one record must not hold up all that come after it.
 *
 * Rejects where the spool does not take the acknowledgement: the records then come again.
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
        // An outcome that is missing says nothing: the record is kept.
        failure ??= outcome?.reason ?? 'the sink gave no outcome';
    }
  }
  if (delivered.length > 0) await spool.ack(delivered);
  if (letters.length > 0) {
    logger.error('the destination refused records for good', { records: letters.length });
    await deadLetters?.keep(letters).catch((error: unknown) => {
      logger.error('dead letters could not be kept', { records: letters.length, error: messageOf(error) });
    });
  }
  for (const [code, ids] of rejected) await spool.drop(code, ids);
  return { delivered: delivered.length, rejected: letters.length, failure };
}
