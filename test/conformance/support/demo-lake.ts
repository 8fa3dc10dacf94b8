/** A lake as the local pipeline writes it: an invented fleet, and among its days events of every type with any value. */
import { systemRuntime } from '@kinetrack/agent';
import { type ActivityEvent, DEFAULT_RULES } from '@kinetrack/schema';
import fc from 'fast-check';
import { fillDemoLake } from '../../../local/demo/index.ts';
import { openEmbeddedPipeline } from '../../../local/embedded-pipeline.ts';
import { ingest } from '../../../local/ingest.ts';
import { anyEvent } from './any-event.ts';

export interface DemoLakeOptions {
  readonly dir: string;
  readonly people: number;
  /** Up to and with today: named queries ask for the last weeks. */
  readonly days: number;
  /** Of any value, in yesterday's hours. */
  readonly anyEvents: number;
}

export interface DemoLake {
  /** The first date that has a partition. */
  readonly firstDate: string;
  readonly anyEvents: readonly ActivityEvent[];
}

const DAY_MS = 86_400_000;
const SEED = 20_261_120;
const dateOf = (ms: number) => new Date(ms).toISOString().slice(0, 10);

export async function demoLake({ dir, people, days, anyEvents }: DemoLakeOptions): Promise<DemoLake> {
  const nowMs = systemRuntime.now();
  const endDate = dateOf(nowMs);
  await fillDemoLake({ lakeDir: dir, people, days, endDate });
  const yesterdayMs = Date.parse(`${endDate}T00:00:00.000Z`) - DAY_MS;
  const events = fc.sample(anyEvent({ fromMs: yesterdayMs, toMs: yesterdayMs + 3 * 3_600_000 }), {
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
  return { firstDate: dateOf(Date.parse(endDate) - (days + 1) * DAY_MS), anyEvents: events };
}

async function* linesOf(events: readonly ActivityEvent[]): AsyncGenerator<string> {
  for (const event of events) yield JSON.stringify(event);
}
