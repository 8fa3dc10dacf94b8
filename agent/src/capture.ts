/**
 * One capture, from start or resume to pause or close. Turns the signals of sources into event bodies.
 *
 * Invariants:
 *  1. Sources run only during the capture: while paused, no source listens.
 *  2. Input outside of observed time is not recorded: before the start, after the end, in a clock gap.
 *  3. Both clocks are compared before a signal counts, so no gap is accounted as observed time.
 *  4. A failed or missing source affects only its own figures.
 */
import { type ActivityBody, messageOf } from '@kinetrack/schema';
import {
  type Capabilities,
  capabilityDetail,
  sameCapabilities,
  settledCapabilities,
} from './capabilities.ts';
import { within } from './deadline.ts';
import { type Gap, ObservedClock } from './enrich/observed-clock.ts';
import { type OpenSample, SampleAccountant } from './enrich/sample-accountant.ts';
import { NO_WINDOW, sameWindow, viewOf, type WindowView } from './enrich/window-view.ts';
import type { Zone, ZoneHistory } from './enrich/zone-history.ts';
import type { Logger } from './logger.ts';
import type { ResolvedOptions } from './options.ts';
import type { Runtime, Timer } from './runtime.ts';
import { type Presence, presence } from './sources/presence.ts';
import type { IdleSignal, InputSignal, WindowSignal } from './sources/signals.ts';
import type { Capability, Source } from './sources/source.ts';

export interface CaptureContext {
  readonly options: Pick<
    ResolvedOptions,
    'runtime' | 'sources' | 'detail' | 'titleMode' | 'idleThresholdMs' | 'mouseMoveIntervalMs'
  >;
  readonly zones: ZoneHistory;
  readonly logger: Logger;
  readonly record: (body: ActivityBody, atMs: number) => void;
  /**
   * Called every few seconds with the open sample as if it ended now, and with null once there is
   * none. A kill loses at most the seconds since the last call. Null if nothing stores it.
   */
  readonly onOpenSample: ((sample: OpenSample | null) => void) | null;
  /** Capabilities of the previous capture: only a change becomes an event. */
  readonly known: Capabilities;
  readonly onCapabilities: (capabilities: Capabilities) => void;
}

const TICK_MS = 1000;
/** Limits the loss of a kill to 5 s, for 12 small writes a minute. */
const TICKS_A_DRAFT = 5;

export class Capture {
  readonly #context: CaptureContext;
  readonly #runtime: Runtime;
  readonly #input: GuardedSource<InputSignal>;
  readonly #activeWindow: GuardedSource<WindowSignal>;
  readonly #presence: Presence;
  readonly #accountant: SampleAccountant;
  /** Null before the start and after the end. */
  #clock: ObservedClock | null = null;
  #gaps = 0;
  /** Monotonic time of the end; later signals are ignored. */
  #untilMs = Number.POSITIVE_INFINITY;
  #known: Capabilities;
  #window = NO_WINDOW;
  #ticker: Timer | null = null;
  #ticks = 0;

  constructor(context: CaptureContext) {
    const { runtime, sources, detail, mouseMoveIntervalMs, idleThresholdMs } = context.options;
    const setup = { runtime, detail, mouseMoveIntervalMs };
    this.#context = context;
    this.#runtime = runtime;
    this.#known = context.known;
    this.#input = new GuardedSource(sources.input(setup), runtime, context.logger);
    this.#activeWindow = new GuardedSource(sources.activeWindow(setup), runtime, context.logger);
    this.#presence = presence({
      runtime,
      thresholdMs: idleThresholdMs,
      isCapturing: () => this.#input.isAvailable,
      countGaps: () => {
        this.#checkClock();
        return this.#gaps;
      },
    });
    this.#accountant = new SampleAccountant((startMs, sample) => context.record(sample, startMs));
  }

  /** Resolves once the capabilities are known; observation starts then. */
  async start(): Promise<void> {
    await Promise.all([
      this.#input.start((signal) => this.#onInput(signal)),
      this.#activeWindow.start((signal) => this.#onWindow(signal)),
    ]);
    const clock = new ObservedClock(this.#runtime);
    this.#clock = clock;
    const nowMs = clock.nowMs();
    this.#accountant.begin(nowMs, this.#input.isAvailable);
    this.#checkZone(nowMs);
    this.#checkCapabilities(nowMs);
    if (this.#window !== NO_WINDOW) this.#changeWindow(nowMs, NO_WINDOW, this.#window);
    await this.#presence.start((signal) => this.#onIdle(signal));
    this.#ticker = this.#runtime.every(TICK_MS, () => this.#tick());
  }

  /**
   * Ends the observation now. Resolves with the time of the end once the sources have delivered their last
   * signals.
   */
  async stop(): Promise<number> {
    this.#ticker?.cancel();
    this.#checkClock();
    this.#untilMs = this.#runtime.monotonic();
    const endMs = this.#clock?.toWall(this.#untilMs) ?? this.#runtime.now();
    await Promise.all([this.#input.close(), this.#activeWindow.close()]);
    await this.#presence.close();
    this.#endSample(endMs);
    this.#clock = null;
    return endMs;
  }

  #onInput(signal: InputSignal): void {
    const clock = this.#checkClock();
    if (clock === null) return;
    const isObserved = ({ atMs }: { readonly atMs: number }) => clock.covers(atMs) && atMs <= this.#untilMs;
    const counts = signal.counts.filter(isObserved);
    // Input arrived, so it is captured, even if the last check said otherwise.
    if (counts.length > 0) this.#accountant.setInputCaptured(clock.nowMs(), true);
    for (const interval of counts) this.#accountant.addInput(clock.toWall(interval.atMs), interval);
    for (const moment of signal.moments) {
      if (isObserved(moment)) this.#context.record(moment.body, clock.toWall(moment.atMs));
    }
    this.#presence.observe({ counts, moments: [] });
  }

  #onIdle({ body, atMs }: IdleSignal): void {
    // An idle that a gap ends has ended before the gap, so its time may be outside of observed time.
    if (this.#clock !== null) this.#context.record(body, this.#clock.toWall(atMs));
  }

  /** The only place that sees a raw title. It is not passed on. */
  #onWindow({ window, atMs }: WindowSignal): void {
    const view = viewOf(window, this.#context.options.titleMode);
    const before = this.#window;
    if (sameWindow(view, before) || atMs > this.#untilMs) return;
    this.#window = view;
    const clock = this.#checkClock();
    if (clock !== null) this.#changeWindow(clock.toWall(Math.max(atMs, clock.startMs)), before, view);
  }

  #changeWindow(atMs: number, before: WindowView, view: WindowView): void {
    this.#accountant.setWindow(atMs, view);
    this.#context.record(
      {
        activity_type: 'app_change',
        app: view.app,
        site: view.site,
        title: view.title,
        previous_app: before.app,
        previous_site: before.site,
        previous_title: before.title,
      },
      atMs,
    );
  }

  #tick(): void {
    const clock = this.#checkClock();
    if (clock === null) return;
    const nowMs = clock.nowMs();
    this.#checkZone(nowMs);
    this.#checkCapabilities(nowMs);
    this.#accountant.advance(nowMs);
    const { onOpenSample } = this.#context;
    this.#ticks += 1;
    if (onOpenSample === null || this.#ticks % TICKS_A_DRAFT > 0) return;
    const sample = this.#accountant.openSample(nowMs);
    if (sample !== null) onOpenSample(sample);
  }

  #endSample(atMs: number): void {
    this.#accountant.end(atMs);
    this.#context.onOpenSample?.(null);
  }

  /** Compares the clocks and returns the clock; null while nothing is observed. */
  #checkClock(): ObservedClock | null {
    const gap = this.#clock?.check() ?? null;
    if (gap !== null) this.#crossGap(gap);
    return this.#clock;
  }

  #crossGap({ cause, fromMs, toMs }: Gap): void {
    this.#gaps += 1;
    this.#endSample(fromMs);
    this.#accountant.begin(toMs, this.#input.isAvailable);
    const seconds = ((toMs - fromMs) / 1000).toFixed(3);
    if (cause === 'slept') {
      this.#system('sleep', { duration_s: seconds }, fromMs);
      this.#system('wake', { duration_s: seconds }, toMs);
    } else {
      this.#system('clock', { shift_s: seconds }, toMs);
    }
  }

  #checkZone(nowMs: number): void {
    const before = this.#context.zones.check();
    if (before === null) return;
    // The seconds so far keep their offset.
    this.#accountant.cut(nowMs);
    const now = this.#context.zones.at(nowMs);
    this.#system('time_zone', { ...zoneDetail('', now), ...zoneDetail('previous_', before) }, nowMs);
  }

  #checkCapabilities(nowMs: number): void {
    this.#accountant.setInputCaptured(nowMs, this.#input.isAvailable);
    if (this.#activeWindow.capability().status === 'unavailable') {
      this.#onWindow({ window: null, atMs: this.#runtime.monotonic() });
    }
    const capabilities = settledCapabilities(this.#capabilities(), this.#known);
    if (sameCapabilities(capabilities, this.#known)) return;
    this.#known = capabilities;
    this.#context.onCapabilities(capabilities);
    this.#system('capability', capabilityDetail(capabilities), nowMs);
  }

  #capabilities(): Capabilities {
    const input = this.#input.capability();
    return {
      [this.#input.name]: input,
      [this.#activeWindow.name]: this.#activeWindow.capability(),
      // Idle time is derived from input: without input it is not available either.
      [this.#presence.name]: input.status === 'available' ? { status: 'available' } : input,
    };
  }

  #system(kind: ActivityBody<'system'>['kind'], detail: Record<string, string>, atMs: number): void {
    this.#context.record({ activity_type: 'system', kind, detail }, atMs);
  }
}

const zoneDetail = (prefix: string, { time_zone, utc_offset_min }: Zone): Record<string, string> => ({
  [`${prefix}time_zone`]: time_zone,
  [`${prefix}utc_offset_min`]: String(utc_offset_min),
});

/** After this the source counts as starting; its later capability is still used. */
const START_TIMEOUT_MS = 10_000;
const CLOSE_TIMEOUT_MS = 2000;

/** Wraps a source so that start() and close() neither reject nor hang. */
class GuardedSource<Signal> implements Source<Signal> {
  readonly name: string;
  readonly #source: Source<Signal>;
  readonly #runtime: Runtime;
  readonly #logger: Logger;
  #failure: Capability | null = null;

  constructor(source: Source<Signal>, runtime: Runtime, logger: Logger) {
    this.name = source.name;
    this.#source = source;
    this.#runtime = runtime;
    this.#logger = logger;
  }

  get isAvailable(): boolean {
    return this.capability().status === 'available';
  }

  async start(emit: (signal: Signal) => void): Promise<Capability> {
    const started = this.#source.start(emit).catch((error: unknown) => {
      this.#logger.error('a source could not be started', { source: this.name, error: messageOf(error) });
      this.#failure = { status: 'unavailable', reason: `${this.name} failed to start; see the log.` };
    });
    await within(this.#runtime, START_TIMEOUT_MS, started);
    return this.capability();
  }

  capability(): Capability {
    return this.#failure ?? this.#source.capability();
  }

  async close(): Promise<void> {
    const closed = this.#source.close().catch((error: unknown) => {
      this.#logger.error('a source could not be closed', { source: this.name, error: messageOf(error) });
    });
    await within(this.#runtime, CLOSE_TIMEOUT_MS, closed);
  }
}
