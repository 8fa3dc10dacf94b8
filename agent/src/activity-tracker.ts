/// <reference lib="esnext.disposable" preserve="true" />
/**
 * The tracker connects its parts: capture.ts records, session.ts holds the queue, the recorder and the
 * drain.
 */
import { type ActivityBody, type ActivityEvent, formatUtc, messageOf } from '@kinetrack/schema';
import type { Capabilities } from './capabilities.ts';
import { Capture } from './capture.ts';
import { ConnectionMonitor, type ConnectionStatus, networkDetail, observedSink } from './connection/index.ts';
import { customEvent, type TrackOptions, type TrackResult, type TrackValues } from './custom-event.ts';
import { within } from './deadline.ts';
import type { FlushResult } from './drain/drain.ts';
import { type ProblemCode, TrackerError, type TrackerProblem, TrackerProblemError } from './errors.ts';
import { type Listener, Listeners, type Unsubscribe } from './listeners.ts';
import { type ResolvedOptions, resolveOptions } from './options.ts';
import { openSession, type Session } from './session.ts';
import { kinesisSink } from './sinks/kinesis-sink.ts';
import type { Sink } from './sinks/sink.ts';
import { type TrackerState, type TrackerStatus, trackerCounts } from './status.ts';
import type { ActivityTrackerOptions } from './tracker-options.ts';

/** Payload of each event, by its name. */
export interface TrackerEvents {
  /** An accepted event: it will be delivered. */
  readonly event: ActivityEvent;
  /** After each change of state or capabilities, and after deliveries. */
  readonly status: TrackerStatus;
  /** A problem that does not stop the tracker; `status().lastError` has the same data. */
  readonly error: TrackerProblemError;
}

const RELEASE_TIMEOUT_MS = 1000;

/**
 * Records activity on this computer and delivers it.
 *
 * @example
 * const tracker = new ActivityTracker({ streamName: 'activity' });
 * tracker.on('error', (error) => console.error(error.code, error.message));
 * await tracker.start();
 * await tracker.track('build_finished', { project: 'kinetrack', seconds: 41.5 });
 * await tracker.close();
 */
export class ActivityTracker implements AsyncDisposable {
  readonly #options: ResolvedOptions;
  readonly #sink: Sink;
  readonly #connection: ConnectionMonitor;
  readonly #listeners: Listeners<TrackerEvents>;
  #state: TrackerState = 'new';
  #session: Session | null = null;
  #capture: Capture | null = null;
  #capabilities: Capabilities = {};
  #wasFaulty: boolean = false;
  #lastDeliveryAt: string | null = null;
  #lastError: TrackerProblem | null = null;
  /** Reason of the last failed append. */
  #queueProblem: string | null = null;
  /** Calls run one after the other, in the order of the calls. */
  #turn: Promise<unknown> = Promise.resolve();
  #closing: Promise<FlushResult> | null = null;

  /** Throws OptionError, with the value, the rule and the remedy. */
  constructor(options: ActivityTrackerOptions) {
    this.#options = resolveOptions(options);
    const { destination, runtime } = this.#options;
    const sink = 'sink' in destination ? destination.sink : kinesisSink(destination);
    const onChange = (status: ConnectionStatus) => this.#connectionChanged(status);
    this.#connection = new ConnectionMonitor({ runtime, onChange });
    this.#sink = observedSink(sink, this.#connection);
    this.#listeners = new Listeners((name, error) => this.#listenerFailed(name, error));
  }

  /**
   * Starts recording. Resolves once the capabilities of this machine are known; the status has them.
   * Rejects with SpoolError if the queue cannot be opened, for example because another process uses it.
   */
  start(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#state === 'running' || this.#state === 'paused') return;
      this.#refuseWhenClosed('start');
      this.#become('starting');
      try {
        this.#session = await this.#open();
      } catch (error) {
        this.#become('new');
        throw error;
      }
      const { detail, titleMode } = this.#options;
      this.#system('start', { sink: this.#sink.name, detail, title_mode: titleMode });
      await this.#beginCapture();
      this.#session.drain.push();
    });
  }

  /** Stops capture until resume(). Recorded events are still delivered. */
  pause(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#state === 'paused') return;
      this.#refuseWhenClosed('pause');
      if (this.#capture === null) throw new TrackerError('pause', this.#state, 'call start() first');
      this.#system('pause', {}, await this.#endCapture());
      this.#become('paused');
    });
  }

  resume(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#state === 'running') return;
      this.#refuseWhenClosed('resume');
      if (this.#session === null) throw new TrackerError('resume', this.#state, 'call start() first');
      this.#system('resume', {});
      await this.#beginCapture();
    });
  }

  /**
   * Records an event of your own, of the activity type `custom`. It is stored, delivered and
   * partitioned like captured events, but does not affect the verdict on a minute.
   *
   * `name`: 1 to 64 characters, a value to group by. `values`: up to 32 keys of 1 to 64 characters,
   * each with a string of up to 1,024 characters or a finite number, together up to 4,096 bytes as
   * JSON.
   *
   * Resolves with `accepted` once the event is in the durable queue, with `skipped` while paused,
   * or with `dropped` if more than 10,000 events or 4 MiB of calls wait for the disk. If you await
   * each call in a loop, no event is dropped. You need not await delivery: `close()` stores and
   * delivers pending events.
   *
   * Rejects with TrackValueError if a name or value is out of bounds, and with TrackerError before
   * `start()` has resolved and after `close()`.
   *
   * @example
   * await tracker.track('report_exported', { format: 'pdf', pages: 12 });
   * @example
   * // Mail addresses, paths, numbers and tokens are removed from the strings.
   * await tracker.track('ticket_opened', { subject }, { redact: true });
   */
  async track(name: string, values: TrackValues = {}, options: TrackOptions = {}): Promise<TrackResult> {
    const body = customEvent(name, values, options);
    if (this.#state === 'paused') return { status: 'skipped', reason: 'paused' };
    if (this.#session === null || this.#state !== 'running') {
      const isOver = this.#state === 'closing' || this.#state === 'closed';
      const remedy = isOver ? 'create a new one' : 'wait until start() has resolved';
      throw new TrackerError('track an event with', this.#state, remedy);
    }
    return await this.#session.recorder.recordCustom(body, this.#options.runtime.now());
  }

  /** Delivers all recorded events. The current minute is not included: its sample is still open. */
  async flush(): Promise<FlushResult> {
    if (this.#session === null) return { status: 'delivered' };
    const { recorder, drain, spool } = this.#session;
    if (await recorder.flush()) return await drain.flush();
    const records = spool.status().pendingRecords + recorder.waiting;
    return { status: 'pending', records, reason: this.#queueProblem ?? 'the spool refuses events' };
  }

  /**
   * Stops capture, closes the open minute and delivers pending events within closeTimeoutMs. The
   * rest stays in the queue for the next start. Can be called twice.
   */
  close(): Promise<FlushResult> {
    this.#closing ??= this.#inTurn(() => this.#close());
    return this.#closing;
  }

  /**
   * Same as close(), for `await using`. Node.js has the symbol since 20.5; in older versions, call close().
   *
   * @example
   * await using tracker = new ActivityTracker({ streamName: 'activity' });
   */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  status(): TrackerStatus {
    const session = this.#session;
    return {
      state: this.#state,
      sink: this.#sink.name,
      deviceId: session?.deviceId ?? null,
      sessionId: session?.sessionId ?? null,
      userId: this.#options.userId,
      counts: trackerCounts(session),
      capabilities: this.#capabilities,
      spool: session?.spool.status() ?? null,
      connection: this.#connection.status(),
      deadLetters: session?.deadLetters?.count ?? 0,
      lastDeliveryAt: this.#lastDeliveryAt,
      lastError: this.#lastError,
    };
  }

  /**
   * Calls the listener for each event of that name; returns a function that removes it. If a
   * listener throws or its promise rejects, the tracker continues and emits `error` with the code
   * `listener_failed`. If a listener of `error` itself fails, only the log and the status report
   * it.
   */
  on<Name extends keyof TrackerEvents>(name: Name, listener: Listener<TrackerEvents[Name]>): Unsubscribe {
    return this.#listeners.on(name, listener);
  }

  /** Calls the listener for the next event of that name only; returns a function that removes it. */
  once<Name extends keyof TrackerEvents>(name: Name, listener: Listener<TrackerEvents[Name]>): Unsubscribe {
    return this.#listeners.once(name, listener);
  }

  /** Removes a listener added with `on` or `once`. Does nothing if there is none. */
  off<Name extends keyof TrackerEvents>(name: Name, listener: Listener<TrackerEvents[Name]>): void {
    this.#listeners.off(name, listener);
  }

  #open(): Promise<Session> {
    return openSession(this.#options, this.#sink, {
      onEvent: (event) => this.#listeners.emit('event', event),
      onDelivered: () => this.#delivered(),
      onError: (code, error) => this.#failed(code, error),
    });
  }

  async #beginCapture(): Promise<void> {
    const session = this.#session;
    if (session === null) return;
    this.#capture = new Capture({
      options: this.#options,
      logger: this.#options.logger,
      zones: session.zones,
      record: (body, atMs) => session.recorder.record(body, atMs),
      onOpenSample: (sample) => session.recorder.keepOpen(sample),
      known: this.#capabilities,
      onCapabilities: (capabilities) => {
        this.#capabilities = capabilities;
        this.#changed();
      },
    });
    await this.#capture.start();
    this.#become('running');
  }

  /** Resolves with the time of the end. */
  async #endCapture(): Promise<number> {
    const endMs = (await this.#capture?.stop()) ?? this.#options.runtime.now();
    this.#capture = null;
    return endMs;
  }

  async #close(): Promise<FlushResult> {
    const { runtime, closeTimeoutMs } = this.#options;
    const session = this.#session;
    this.#become('closing');
    let result: FlushResult = { status: 'delivered' };
    if (session !== null) {
      this.#system('stop', {}, await this.#endCapture());
      // A connection change from now on would add an event after the last flush.
      this.#connection.close();
      const flushed = await within(runtime, closeTimeoutMs, this.flush());
      const records = session.spool.status().pendingRecords + session.recorder.waiting;
      result = flushed.inTime
        ? flushed.value
        : { status: 'pending', records, reason: `not delivered within ${closeTimeoutMs} ms` };
    }
    session?.recorder.close();
    const stopped = session?.drain.stop();
    await this.#release('the sink', Promise.all([this.#sink.close(), stopped]));
    await this.#release('the spool', (session?.spool ?? this.#options.spool)?.close());
    await this.#release('the dead letters', (session?.deadLetters ?? this.#options.deadLetters)?.close());
    session?.release();
    this.#become('closed');
    return result;
  }

  /** Waits for a close, up to a timeout. */
  async #release(what: string, closing: Promise<unknown> | undefined): Promise<void> {
    if (closing === undefined) return;
    const { runtime, logger } = this.#options;
    try {
      const closed = await within(runtime, RELEASE_TIMEOUT_MS, closing);
      if (!closed.inTime) logger.warn(`${what} did not close in time`, { after_ms: RELEASE_TIMEOUT_MS });
    } catch (error) {
      logger.error(`${what} could not be closed`, { error: messageOf(error) });
    }
  }

  #system(kind: ActivityBody<'system'>['kind'], detail: Record<string, string>, atMs?: number): void {
    const at = atMs ?? this.#options.runtime.now();
    this.#session?.recorder.record({ activity_type: 'system', kind, detail }, at);
  }

  /** Reports a fault and its end. The first delivery is not an event. */
  #connectionChanged(status: ConnectionStatus): void {
    const isNews = status.state === 'faulty' || this.#wasFaulty;
    this.#wasFaulty = status.state === 'faulty';
    if (isNews) {
      const { state, fault } = status;
      this.#options.logger.warn('the connection has changed', { state, fault });
      this.#system('network', networkDetail(status));
    }
    this.#changed();
  }

  #delivered(): void {
    this.#lastDeliveryAt = formatUtc(this.#options.runtime.now());
    this.#changed();
  }

  #failed(code: ProblemCode, error: unknown): void {
    const problem = this.#problem(code, messageOf(error), error);
    if (code === 'queue_failed') this.#queueProblem = problem.message;
    this.#listeners.emit('error', problem);
  }

  /** Emits no `error` for a failing `error` listener: that would be an endless loop. */
  #listenerFailed(name: keyof TrackerEvents, error: unknown): void {
    this.#options.logger.error('a listener threw', { event: name, error: messageOf(error) });
    const problem = this.#problem(
      'listener_failed',
      `a listener of '${name}' threw: ${messageOf(error)}`,
      error,
    );
    if (name !== 'error') this.#listeners.emit('error', problem);
  }

  #problem(code: ProblemCode, message: string, cause: unknown): TrackerProblemError {
    const at = formatUtc(this.#options.runtime.now());
    const problem = new TrackerProblemError(code, at, message, { cause });
    this.#lastError = problem.toJSON();
    return problem;
  }

  #become(state: TrackerState): void {
    this.#state = state;
    this.#changed();
  }

  #changed(): void {
    if (this.#listeners.has('status')) this.#listeners.emit('status', this.status());
  }

  #refuseWhenClosed(action: string): void {
    if (this.#state === 'closed') throw new TrackerError(action, 'closed', 'create a new one');
  }

  #inTurn<T>(task: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(task);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }
}
