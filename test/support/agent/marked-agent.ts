/**
 * Child process: an agent whose window titles have marks. It logs at debug level and prints its status repeatedly until
 * it is killed. The variable MARKED_AGENT has its options.
 */
import { setTimeout as pause } from 'node:timers/promises';
import {
  ActivityTracker,
  type ActivityTrackerOptions,
  createLogger,
  httpSink,
  type Sink,
} from '../../../agent/src/index.ts';
import { acceleratedRuntime } from '../time/accelerated-runtime.ts';
import { FakeMachine } from './fake-sources.ts';

export interface MarkedAgentOptions {
  readonly dataDir: string;
  readonly titleMode: 'full' | 'redacted';
  readonly app: string;
  readonly title: string;
  readonly destination:
    | { readonly kind: 'offline' }
    | { readonly kind: 'refusing' }
    | { readonly kind: 'http'; readonly url: string; readonly token: string }
    | { readonly kind: 'kinesis'; readonly endpoint: string };
}

/** A minute takes half a second, so that samples have the marks too. */
const ACCELERATION = 120;
const WINDOW_MS = 10;

const options: MarkedAgentOptions = JSON.parse(process.env.MARKED_AGENT ?? '{}');
const runtime = acceleratedRuntime(ACCELERATION, Date.UTC(2026, 10, 20, 9));
const machine = new FakeMachine(runtime);
const tracker = new ActivityTracker({
  ...destinationOf(options.destination),
  ...{ runtime, dataDir: options.dataDir, userId: 'jane', keyStore: 'file', titleMode: options.titleMode },
  sources: machine.factories,
  logger: createLogger({ write: (line) => process.stderr.write(`${line}\n`), level: 'debug' }),
});
tracker.on('error', (problem) => process.stderr.write(`${JSON.stringify(problem)}\n`));
tracker.on('status', () => process.stdout.write(`${JSON.stringify(tracker.status())}\n`));
process.once('SIGTERM', () => {
  isOver = true;
});

let isOver = false;
await tracker.start();
for (let window = 1; !isOver; window += 1) {
  machine.show(`${options.app} ${window % 7}`, `${options.title} ${window}`);
  machine.type({ keys: 1 });
  process.stdout.write(`${JSON.stringify(tracker.status())}\n`);
  await pause(WINDOW_MS);
}
await tracker.close();

function destinationOf(
  destination: MarkedAgentOptions['destination'],
): Pick<ActivityTrackerOptions, 'sink' | 'streamName' | 'region' | 'endpoint'> {
  switch (destination.kind) {
    case 'offline':
      return { sink: answering({ status: 'retryable', reason: 'no network' }) };
    case 'refusing':
      return { sink: answering({ status: 'rejected', reason: 'nobody wants it', code: 'refused' }) };
    case 'http':
      return { sink: httpSink({ url: destination.url, token: destination.token }) };
    case 'kinesis':
      return { streamName: 'activity', region: 'us-east-1', endpoint: destination.endpoint };
  }
}

function answering(outcome: Awaited<ReturnType<Sink['send']>>[number]): Sink {
  return {
    name: 'test',
    send: async (records) => records.map(() => outcome),
    close: async () => {},
  };
}
