/** A tracker with real files on a machine whose clock changes, and the activity that it must report. */
import assert from 'node:assert/strict';
import { ActivityTracker, type SinkRate, type Spool } from '@kinetrack/agent';
import type { ActivityEvent, Sample } from '@kinetrack/schema';
import { afterTest } from '../../runner/running-test.ts';
import { openWatchedSpool, type WatchedDisk } from '../spool/watched-disk.ts';
import { TestRuntime } from '../time/test-runtime.ts';
import { whenIdle } from '../time/when-idle.ts';
import { deliverAll, FakeSink } from './fake-sink.ts';
import { FakeMachine } from './fake-sources.ts';

const STEP_MS = 1000;
/** So slow that the backlog of a few minutes is paced. */
const NARROW: SinkRate = { bytesPerSecond: 2000, recordsPerSecond: 2 };

export class ClockSession {
  readonly machine: FakeMachine;
  readonly tracker: ActivityTracker;
  /** Seconds of activity so far. */
  seconds = 0;
  /** Keys typed so far: one a second. */
  keys = 0;

  static async start(options: {
    readonly dataDir: string;
    readonly runtime?: TestRuntime;
    readonly sink?: FakeSink;
  }): Promise<ClockSession> {
    const { dataDir, runtime = new TestRuntime(), sink = new FakeSink() } = options;
    Object.assign(sink, { rate: NARROW });
    const { spool, disk } = await openWatchedSpool(dataDir, runtime);
    const session = new ClockSession(dataDir, runtime, sink, spool, disk);
    afterTest(() => session.close());
    await session.tracker.start();
    await session.settle();
    return session;
  }

  private constructor(
    dataDir: string,
    readonly runtime: TestRuntime,
    readonly sink: FakeSink,
    readonly spool: Spool,
    readonly disk: WatchedDisk,
  ) {
    this.machine = new FakeMachine(runtime);
    const sources = this.machine.factories;
    this.tracker = new ActivityTracker({ ...{ runtime, sink, spool, dataDir, sources }, userId: 'jane' });
  }

  /** Types one key a second. */
  async run(seconds: number): Promise<void> {
    for (let second = 0; second < seconds; second += 1) {
      this.machine.type({ keys: 1 });
      this.runtime.pass(STEP_MS);
      await this.settle();
    }
    this.seconds += seconds;
    this.keys += seconds;
  }

  /** Changes the clock between two input signals: no second is lost to a late notice. */
  async changeClock(happen: (runtime: TestRuntime) => void): Promise<void> {
    this.machine.type({});
    happen(this.runtime);
    this.machine.type({});
    await this.settle();
  }

  /** The sink accepts nothing until reconnect(). */
  disconnect(reason = 'no network'): void {
    this.sink.answer = async (records) => records.map(() => ({ status: 'retryable', reason }));
  }

  reconnect(): void {
    this.sink.answer = deliverAll;
  }

  /** Closes the tracker. Can be called twice. */
  async close(): Promise<void> {
    let isClosed: boolean = false;
    const closed = this.tracker.close().finally(() => {
      isClosed = true;
    });
    await this.settle();
    while (!isClosed) {
      this.runtime.pass(STEP_MS);
      await this.settle();
    }
    await closed;
  }

  settle(): Promise<void> {
    return whenIdle(() => this.disk.isBusy);
  }

  /** Checks what holds for any clock. Throws for events that the schema refuses. */
  assertConsistent(firstSeq = 1): readonly ActivityEvent[] {
    const events = this.sink.events();
    assert.deepEqual(
      events.map(({ seq }) => seq).sort((a, b) => a - b),
      events.map((_, index) => firstSeq + index),
      'every seq once',
    );
    const samples = events.filter((event): event is Sample => event.activity_type === 'sample');
    for (const { from_s, to_s, keys } of samples) {
      assert.ok(from_s >= 0 && from_s < to_s && to_s <= 60);
      assert.equal(keys?.length, to_s - from_s);
    }
    assert.equal(sum(samples.map(({ from_s, to_s }) => to_s - from_s)), this.seconds, 'seconds add up');
    assert.equal(sum(samples.flatMap(({ keys }) => keys ?? [])), this.keys, 'keys add up');
    return events;
  }
}

const sum = (figures: readonly number[]): number => figures.reduce((total, figure) => total + figure, 0);
