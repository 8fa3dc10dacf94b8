/** A tracker in fake time with a queue on a real disk: time stops until disk and network have answered. */
import { ActivityTracker, type RecordOutcome, type Sink, type Spool } from '@kinetrack/agent';
import type { ActivityEvent, Detail } from '@kinetrack/schema';
import { afterTest } from '../../runner/running-test.ts';
import { openWatchedSpool } from '../spool/watched-disk.ts';
import { TestRuntime } from '../time/test-runtime.ts';
import { whenIdle } from '../time/when-idle.ts';
import { FakeMachine } from './fake-sources.ts';
import { SimulatedDays } from './simulated-days.ts';

export interface SimulatedSessionOptions {
  readonly dataDir: string;
  readonly detail: Detail;
  /** Creates the sink with the runtime of the session. */
  readonly sink: (runtime: TestRuntime) => Sink;
  /** Number of sends that wait for fake time. @defaultValue none */
  readonly parked?: () => number;
}

export interface SimulatedSession {
  readonly runtime: TestRuntime;
  readonly tracker: ActivityTracker;
  readonly spool: Spool;
  readonly days: SimulatedDays;
  /** Events that the queue accepted, with monotonic time. */
  readonly accepted: { readonly event: ActivityEvent; readonly atMs: number }[];
  /** Time passes until `promise` is settled. */
  until<T>(promise: Promise<T>): Promise<T>;
}

export async function simulatedSession({
  dataDir,
  detail,
  sink: sinkOf,
  parked = () => 0,
}: SimulatedSessionOptions): Promise<SimulatedSession> {
  const runtime = new TestRuntime();
  const machine = new FakeMachine(runtime);
  const { spool, disk } = await openWatchedSpool(dataDir, runtime);
  const { sink, openSends } = watchedSink(sinkOf(runtime));
  const accepted: { event: ActivityEvent; atMs: number }[] = [];
  const tracker = new ActivityTracker({
    runtime,
    sink,
    spool,
    dataDir,
    detail,
    userId: 'jane',
    sources: machine.factories,
  });
  tracker.on('event', (event) => accepted.push({ event, atMs: runtime.monotonic() }));
  const quiet = () => whenIdle(() => disk.isBusy || openSends() > parked());
  await tracker.start();
  const days = await SimulatedDays.start({ runtime, machine, detail, afterStep: quiet });
  const until = async <T>(promise: Promise<T>): Promise<T> => {
    let isDone: boolean = false;
    const done = promise.finally(() => {
      isDone = true;
    });
    while (!isDone) await Promise.race([done, days.step(100)]);
    return await done;
  };
  afterTest(() => until(tracker.close()));
  return { runtime, tracker, spool, days, accepted, until };
}

function watchedSink(sink: Sink): { readonly sink: Sink; readonly openSends: () => number } {
  let open = 0;
  const send = (records: Parameters<Sink['send']>[0]): Promise<readonly RecordOutcome[]> => {
    open += 1;
    return sink.send(records).finally(() => {
      open -= 1;
    });
  };
  const watched: Sink = {
    name: sink.name,
    ...(sink.rate === undefined ? {} : { rate: sink.rate }),
    send,
    close: () => sink.close(),
  };
  return { sink: watched, openSends: () => open };
}
