/** A lake as the local pipeline writes it: an invented fleet, and among its days events of every type with any value. */
import { systemRuntime } from '@kinetrack/agent';
import { type ActivityEvent, addDays, DEFAULT_RULES } from '@kinetrack/schema';
import fc from 'fast-check';
import { fillDemoLake } from '../../../local/demo/index.ts';
import { openEmbeddedPipeline } from '../../../local/embedded-pipeline.ts';
import { ingest } from '../../../local/ingest.ts';
import { lastWorkday } from '../../support/time/last-workday.ts';
import { anyEvent } from './any-event.ts';

export interface DemoLakeOptions {
  readonly dir: string;
  readonly people: number;
  /** Up to the last working day: named queries ask for the last weeks. */
  readonly days: number;
  /** Of any value, in hours of the day before that one. */
  readonly anyEvents: number;
}

export interface DemoLake {
  /** The first date that has a partition. */
  readonly firstDate: string;
  readonly anyEvents: readonly ActivityEvent[];
}

const SEED = 20_261_120;
const HOURS_MS = 3 * 3_600_000;

export async function demoLake({ dir, people, days, anyEvents }: DemoLakeOptions): Promise<DemoLake> {
  const endDate = lastWorkday();
  await fillDemoLake({ lakeDir: dir, people, days, endDate });
  const fromMs = Date.parse(addDays(endDate, -1));
  const events = fc.sample(anyEvent({ fromMs, toMs: fromMs + HOURS_MS }), {
    seed: SEED,
    numRuns: anyEvents,
  });
  const pipeline = await openEmbeddedPipeline({
    lakeDir: dir,
    rules: DEFAULT_RULES,
    runtime: systemRuntime,
    onRollupError(hour, cause) {
      throw new Error(`the rollup of ${hour.dt} ${hour.hour} failed`, { cause });
    },
  });
  await ingest({
    lines: linesOf(events),
    firehose: pipeline.firehose,
    onRejected({ message }) {
      throw new Error(`the pipeline refused an event: ${message}`);
    },
  });
  await pipeline.close();
  // The fleet works a day before its first date where its clocks are ahead of UTC.
  return { firstDate: addDays(endDate, -days - 1), anyEvents: events };
}

async function* linesOf(events: readonly ActivityEvent[]): AsyncGenerator<string> {
  for (const event of events) yield JSON.stringify(event);
}
