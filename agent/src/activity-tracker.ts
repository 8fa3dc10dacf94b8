/**
 * The tracker: wiring only. Sources and what is made of them are in capture.ts, the queue and its two
 * ends in session.ts.
 */
import { type ActivityBody, type ActivityEvent, formatUtc } from '@kinetrack/schema';
import type { Capabilities } from './capabilities.ts';
import { Capture } from './capture.ts';
import { ConnectionMonitor, type ConnectionStatus, networkDetail, observedSink } from './connection/index.ts';
import { within } from './deadline.ts';
import type { FlushResult } from './drain/index.ts';
import { Listeners, type Unsubscribe } from './listeners.ts';
import { messageOf } from './logger.ts';
import { type ResolvedOptions, resolveOptions } from './options.ts';
import { openSession, type Session } from './session.ts';
import { kinesisSink } from './sinks/kinesis-sink.ts';
import type { Sink } from './sinks/sink.ts';
import { type TrackerProblem, type TrackerState, type TrackerStatus, trackerCounts } from './status.ts';
import type { ActivityTrackerOptions } from './tracker-options.ts';

export interface TrackerEvents {
  /** An event that the queue has accepted: it will be delivered. */
  readonly event: ActivityEvent;
  /** After every change of state, of what can be captured, and after deliveries. */
  readonly status: TrackerStatus;
  /** Something failed that is tried again; the same stands in the status. */
  readonly error: TrackerProblem;
}

export class TrackerError extends Error {
  readonly code = 'wrong_state';
  constructor(action: string, state: TrackerState, remedy: string) {
    super(`cannot ${action} a tracker that is ${state}: ${remedy}`);
    this.name = 'TrackerError';
  }
}

const RELEASE_TIMEOUT_MS = 1000;

export class ActivityTracker {
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
  /** Calls take effect one after the other, in the order in which they were made. */
  #turn: Promise<unknown> = Promise.resolve();
  #closing: Promise<FlushResult> | null = null;

  /** Throws OptionError, with the value, the rule and the remedy. */
  constructor(options: ActivityTrackerOptions) {
    this.#options = resolveOptions(options);
    const { destination, runtime, logger } = this.#options;
    const sink = 'sink' in destination ? destination.sink : kinesisSink(destination);
    const onChange = (status: ConnectionStatus) => this.#connectionChanged(status);
    this.#connection = new ConnectionMonitor({ runtime, onChange });
    this.#sink = observedSink(sink, this.#connection);
    this.#listeners = new Listeners(logger);
  }

  /**
   * Begins to record; resolves once it is known what can be captured here. What cannot is in the status.
   * Rejects with SpoolError where the queue cannot be opened, for instance because another process has it.
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

  /** Stops capturing; nothing listens until resume(). What was recorded goes on being delivered. */
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

  /** Delivers what was recorded so far. The minute that is being counted is not part of it. */
  async flush(): Promise<FlushResult> {
    if (this.#session === null) return { status: 'delivered' };
    const { recorder, drain, spool } = this.#session;
    if (await recorder.flush()) return await drain.flush();
    const records = spool.status().pendingRecords + recorder.waiting;
    return { status: 'pending', records, reason: this.#lastError?.message ?? 'the spool refuses events' };
  }

  /**
   * Ends capture, closes the open minute and delivers what is left, for at most closeTimeoutMs; what could not be
   * delivered stays in the queue for the next start. May be called twice.
   */
  close(): Promise<FlushResult> {
    this.#closing ??= this.#inTurn(() => this.#close());
    return this.#closing;
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

  /** Calls the listener for each; returns what takes it off again. */
  on<Name extends keyof TrackerEvents>(
    name: Name,
    listener: (payload: TrackerEvents[Name]) => void,
  ): Unsubscribe {
    return this.#listeners.on(name, listener);
  }

  #open(): Promise<Session> {
    return openSession(this.#options, this.#sink, {
      onEvent: (event) => this.#listeners.emit('event', event),
      onDelivered: () => this.#delivered(),
      onError: (error) => this.#report(error),
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

  /** Resolves with the moment at which it ended. */
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
      // Its news would be events behind the last ones that are waited for.
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

  /** Waits for something to let go, but not for ever. */
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

  /** The first delivery of all is no news; a fault, and its end, are. */
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

  #report(error: unknown): void {
    const problem = { at: formatUtc(this.#options.runtime.now()), message: messageOf(error) };
    this.#lastError = problem;
    this.#listeners.emit('error', problem);
  }

  #become(state: TrackerState): void {
    this.#state = state;
    this.#changed();
  }

  #changed(): void {
    if (this.#listeners.has('status')) this.#listeners.emit('status', this.status());
  }

  #refuseWhenClosed(action: string): void {
    if (this.#state === 'closed') throw new TrackerError(action, 'closed', 'make a new one');
  }

  #inTurn<T>(task: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(task);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }
}
