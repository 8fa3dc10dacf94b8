/** A tracker with fake time, fake sources and a sink that keeps everything. */
import { ActivityTracker, type ActivityTrackerOptions, type Capability, memorySpool } from '@kinetrack/agent';
import type { ActivityType, EventOf } from '@kinetrack/schema';
import { afterTest } from '../../runner/running-test.ts';
import { tempDir } from '../process/temp-dir.ts';
import { TestRuntime } from '../time/test-runtime.ts';
import { FakeSink } from './fake-sink.ts';
import { FakeMachine } from './fake-sources.ts';

export interface TrackerSetup {
  readonly options?: Omit<ActivityTrackerOptions, 'sink' | 'runtime' | 'sources'>;
  readonly input?: Capability;
  readonly windows?: Capability;
}

export async function trackerSession(setup: TrackerSetup = {}) {
  const { options, ...capabilities } = setup;
  const runtime = new TestRuntime();
  const machine = new FakeMachine(runtime, capabilities);
  const sink = new FakeSink();
  const spool = options?.spool ?? memorySpool();
  const tracker = new ActivityTracker({
    userId: 'jane',
    dataDir: await tempDir(),
    spool,
    ...options,
    runtime,
    sink,
    sources: machine.factories,
  });
  // close() gives up a sink that never answers only when time passes.
  afterTest(() => runtime.advanceUntil(tracker.close()));
  const eventsOf = <T extends ActivityType>(type: T): readonly EventOf<T>[] =>
    sink.events().filter((event): event is EventOf<T> & typeof event => event.activity_type === type);
  return { runtime, machine, sink, spool, tracker, eventsOf };
}
