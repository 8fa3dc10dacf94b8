/**
 * The agent of one simulated computer: capture, accounting and recording of @kinetrack/agent, in simulated
 * time and with simulated sources. Without disk and network: the queue is in memory, and a flush marks
 * everything recorded before it as sent.
 */
import {
  ConnectionMonitor,
  diagnoseAws,
  type InputCounts,
  type InputSignal,
  memorySpool,
  networkDetail,
  type RecordOutcome,
  type Source,
  type Spool,
  type SpoolRecord,
  silentLogger,
  type WindowSignal,
} from '@kinetrack/agent';
import type { ActivityBody, ActivityEvent } from '@kinetrack/schema';
import { Capture } from '../../agent/src/capture.ts';
import { ZoneHistory } from '../../agent/src/enrich/zone-history.ts';
import { Recorder } from '../../agent/src/recorder.ts';
import type { InputSecond } from './input-model.ts';
import type { SimulatedRuntime } from './simulated-runtime.ts';

export const STREAM_NAME = 'kinetrack-demo';

/** Settings of the fleet: counts instead of single events, and idle events after a minute. */
export const AGENT_SETTINGS = {
  detail: 'counts',
  titleMode: 'redacted',
  idleThresholdMs: 60_000,
  mouseMoveIntervalMs: 500,
} as const;
const FLUSH_INTERVAL_MS = 300_000;

/** Events sent together, and their lines in the queue. */
export interface Flush {
  readonly atMs: number;
  readonly events: readonly ActivityEvent[];
  readonly records: readonly SpoolRecord[];
}

export interface SimulatedAgentOptions {
  readonly runtime: SimulatedRuntime;
  readonly identity: { readonly deviceId: string; readonly sessionId: string; readonly userId: string };
  /** Last seq of this installation. */
  readonly lastSeq: number;
  /** Whether the computer has no network. Recorded events wait. */
  readonly isOffline: boolean;
}

export class SimulatedAgent {
  readonly #runtime: SimulatedRuntime;
  readonly #spool: Spool;
  readonly #recorder: Recorder;
  readonly #capture: Capture;
  readonly #monitor: ConnectionMonitor;
  readonly #isOffline: boolean;
  readonly #input = new SimulatedSource<InputSignal>('input');
  readonly #windows = new SimulatedSource<WindowSignal>('active-window');
  /** Times of flushes, and the number of events recorded before them. */
  readonly #flushes: { readonly atMs: number; readonly recorded: number }[] = [];
  #recorded = 0;
  #taken = 0;
  #events: ActivityEvent[] = [];
  #records: SpoolRecord[] = [];

  constructor({ runtime, identity, lastSeq, isOffline }: SimulatedAgentOptions) {
    const zones = new ZoneHistory(runtime);
    this.#runtime = runtime;
    this.#isOffline = isOffline;
    this.#spool = memorySpool({ lastSeq });
    this.#recorder = new Recorder({
      ...{ runtime, zones, identity, spool: this.#spool, openMinute: null, logger: silentLogger },
      onAccepted: (events) => {
        for (const event of events) this.#events.push(event);
      },
      // sent() throws if the queue refuses events.
      onError: () => {},
    });
    this.#capture = new Capture({
      options: {
        ...AGENT_SETTINGS,
        runtime,
        sources: { input: () => this.#input, activeWindow: () => this.#windows },
      },
      ...{ zones, logger: silentLogger, known: {}, onOpenSample: null, onCapabilities: () => {} },
      record: (body, atMs) => this.#record(body, atMs),
    });
    this.#monitor = new ConnectionMonitor({
      runtime,
      onChange: (status) => {
        // As in the tracker: the first delivery is no event.
        if (status.state === 'faulty') this.#system('network', networkDetail(status), runtime.now());
      },
    });
  }

  /** Records the start, calls `arrive` (a change of time zone), then starts capture. */
  async start(arrive: () => void): Promise<void> {
    const { detail, titleMode } = AGENT_SETTINGS;
    const sink = `kinesis:${STREAM_NAME}`;
    this.#system('start', { sink, detail, title_mode: titleMode }, this.#runtime.now());
    arrive();
    await this.#capture.start();
    this.#runtime.every(FLUSH_INTERVAL_MS, () => this.#flush());
  }

  /** Simulates input at the current time. */
  input({ keys, clicks, scrolls, distancePx }: InputSecond): void {
    const interval: InputCounts = { atMs: this.#runtime.monotonic(), keys, clicks, scrolls, distancePx };
    this.#input.emit({ counts: [interval], moments: [] });
  }

  /** Simulates a change of the active window. */
  window(window: WindowSignal['window']): void {
    this.#windows.emit({ atMs: this.#runtime.monotonic(), window });
  }

  /** Flushes since the last call. */
  async sent(): Promise<readonly Flush[]> {
    if (!(await this.#recorder.flush())) throw new Error('the queue in memory refused events of the demo');
    for (const record of await this.#spool.read({ maxRecords: Infinity, maxBytes: Infinity })) {
      this.#records.push(record);
    }
    await this.#spool.ack(this.#records.map(({ id }) => id));
    const flushes = this.#flushes.splice(0).map(({ atMs, recorded }): Flush => {
      const count = recorded - this.#taken;
      this.#taken = recorded;
      return { atMs, events: this.#events.splice(0, count), records: this.#records.splice(0, count) };
    });
    return flushes.filter(({ events }) => events.length > 0);
  }

  /** Stops capture and sends the remaining events. */
  async stop(): Promise<readonly Flush[]> {
    this.#system('stop', {}, await this.#capture.stop());
    // As in the tracker: nothing is recorded after the stop.
    this.#monitor.close();
    this.#flush();
    return await this.sent();
  }

  get lastSeq(): number {
    return this.#spool.lastSeq;
  }

  #flush(): void {
    this.#flushes.push({ atMs: this.#runtime.now(), recorded: this.#recorded });
    this.#monitor.observe([this.#isOffline ? noNetwork() : { status: 'delivered' }]);
  }

  #system(kind: ActivityBody<'system'>['kind'], detail: Record<string, string>, atMs: number): void {
    this.#record({ activity_type: 'system', kind, detail }, atMs);
  }

  #record(body: ActivityBody, atMs: number): void {
    this.#recorded += 1;
    this.#recorder.record(body, atMs);
  }
}

/** Outcome of the Kinesis sink without a network. */
function noNetwork(): RecordOutcome {
  const error = Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' });
  const host = { environment: {}, interfaces: () => ({}) };
  return { status: 'retryable', ...diagnoseAws(`the stream ${STREAM_NAME}`, error, host) };
}

class SimulatedSource<Signal> implements Source<Signal> {
  readonly name: string;
  #emit: (signal: Signal) => void = () => {};

  constructor(name: string) {
    this.name = name;
  }

  async start(emit: (signal: Signal) => void) {
    this.#emit = emit;
    return this.capability();
  }

  capability() {
    return { status: 'available' } as const;
  }

  async close(): Promise<void> {
    this.#emit = () => {};
  }

  emit(signal: Signal): void {
    this.#emit(signal);
  }
}
