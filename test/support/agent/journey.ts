/** A tracker on a machine whose clock does what it likes: real files, fake time, and what was really lived beside it. */
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
/** So narrow that delivery has to pace itself after a few minutes of outage. */
const NARROW: SinkRate = { bytesPerSecond: 2000, recordsPerSecond: 2 };

export class Journey {
  readonly machine: FakeMachine;
  readonly tracker: ActivityTracker;
  /** Lived so far, whole seconds. */
  seconds = 0;
  /** Typed so far: one key a second. */
  keys = 0;

  static async begin(options: {
    readonly dataDir: string;
    readonly runtime?: TestRuntime;
    readonly sink?: FakeSink;
  }): Promise<Journey> {
    const { dataDir, runtime = new TestRuntime(), sink = new FakeSink() } = options;
    Object.assign(sink, { rate: NARROW });
    const { spool, disk } = await openWatchedSpool(dataDir, runtime);
    const journey = new Journey(dataDir, runtime, sink, spool, disk);
    afterTest(() => journey.end());
    await journey.tracker.start();
    await journey.settle();
    return journey;
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

  /** Goes on for so many seconds, with a key in each. */
  async live(seconds: number): Promise<void> {
    for (let second = 0; second < seconds; second += 1) {
      this.machine.type({ keys: 1 });
      this.runtime.pass(STEP_MS);
      await this.settle();
    }
    this.seconds += seconds;
    this.keys += seconds;
  }

  /** Something happens to the clock, noticed at once on both sides: with the last and the next sign of life. */
  async jump(happen: (runtime: TestRuntime) => void): Promise<void> {
    this.machine.type({});
    happen(this.runtime);
    this.machine.type({});
    await this.settle();
  }

  /** The sink does not take anything until it heals. */
  break(reason = 'no network'): void {
    this.sink.answer = async (records) => records.map(() => ({ status: 'retryable', reason }));
  }

  heal(): void {
    this.sink.answer = deliverAll;
  }

  /** Closes the tracker; may be called twice. */
  async end(): Promise<void> {
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

  /** What holds however the clock behaved; throws for events that the schema refuses. */
  assertSound(firstSeq = 1): readonly ActivityEvent[] {
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
