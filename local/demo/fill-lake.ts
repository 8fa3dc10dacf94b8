/**
 * Delivers the events of the fleet like real ones: the agent's packing, the local Firehose with the delivery
 * specification, and the rollups of all touched hours. Time is simulated, so the same options always give the
 * same objects, keys and bytes.
 */
import { packRecords } from '@kinetrack/agent';
import { DEFAULT_RULES, HOUR_MS, startOfUtcHourMs } from '@kinetrack/schema';
import { deliveryConfiguration } from '../../pipeline/delivery.ts';
import { touchedHours } from '../../pipeline/lake/keys.ts';
import type { ObjectStore } from '../../pipeline/lake/ports.ts';
import { rollupHour } from '../../pipeline/rollup/index.ts';
import { LocalFirehose } from '../firehose/index.ts';
import { FileObjectStore } from '../stores/object-store.ts';
import { claimLake, completeLake, type DemoFigures, DemoLakeError } from './demo-marker.ts';
import { type DemoBatch, type DemoFleet, type DemoFleetOptions, type DemoHour, demoFleet } from './fleet.ts';
import { BERLIN } from './people.ts';
import { STREAM_NAME } from './simulated-agent.ts';
import { SimulatedRuntime } from './simulated-runtime.ts';

export interface FillDemoLakeOptions extends DemoFleetOptions {
  /** A missing or empty folder, or a demo lake with the same options. */
  readonly lakeDir: string;
  /**
   * Whether to replace a demo lake that differs only in its last day, generator or rules.
   * @defaultValue false: throws DemoLakeError
   */
  readonly replaceOutdated?: boolean;
  /** Called with a line of progress. @defaultValue no progress reports */
  readonly onProgress?: (text: string) => void;
}

export interface FilledDemoLake extends DemoFigures {
  /** True if the lake existed and nothing was written. */
  readonly reused: boolean;
  /** User that the dashboard shows first. */
  readonly defaultUser: string;
}

/** Increment it when the events for the same options change. */
const GENERATOR = 3;

/** @throws DemoLakeError if the folder contains something else or an event was not delivered */
export async function fillDemoLake(options: FillDemoLakeOptions): Promise<FilledDemoLake> {
  const { lakeDir, replaceOutdated = false, onProgress = () => {}, ...fleetOptions } = options;
  const fleet = demoFleet(fleetOptions);
  const { people, days, seed, endDate } = fleet.options;
  const defaultUser = fleet.people[0]?.userId ?? '';
  const parameters = {
    generator: GENERATOR,
    rules: DEFAULT_RULES.version,
    people,
    days,
    seed,
    end_date: endDate,
  };
  const there = await claimLake(lakeDir, parameters, { replaceOutdated });
  if (there !== undefined) return { ...there, reused: true, defaultUser };

  const store = new FileObjectStore(lakeDir);
  const { events, keys } = await deliver(fleet, store, onProgress);
  const hours = touchedHours(keys);
  for (const [index, hour] of hours.entries()) {
    onProgress(`rolling up ${hour.dt} ${hour.hour}:00 UTC (${index + 1} of ${hours.length} hours)`);
    await rollupHour({ store, hour, rules: DEFAULT_RULES });
  }
  const figures = { events, objects: keys.length, hours: hours.length };
  await completeLake(lakeDir, parameters, figures);
  return { ...figures, reused: false, defaultUser };
}

/** One flush per hour: one object per activity type and hour of arrival. */
async function deliver(fleet: DemoFleet, store: ObjectStore, onProgress: (text: string) => void) {
  const runtime = new SimulatedRuntime({ key: [fleet.options.seed], timeZone: BERLIN, epochMs: 0 });
  const keys: string[] = [];
  const firehose = await LocalFirehose.open({
    configuration: deliveryConfiguration({ bucketArn: 'local', roleArn: 'local' }),
    streamName: STREAM_NAME,
    store,
    runtime,
    onDelivered: async (delivered) => {
      keys.push(...delivered);
    },
  });
  let events = 0;
  try {
    for await (const hour of fleet.hours()) {
      events += await deliverHour(firehose, runtime, hour);
      onProgress(`delivered ${events} events, up to ${hour.hour.dt} ${hour.hour.hour}:59 UTC`);
    }
  } finally {
    await firehose.close();
  }
  const failed = Object.entries(firehose.status().failedRecords);
  if (failed.length > 0) {
    throw new DemoLakeError(
      'delivery_failed',
      `the fleet made events that the delivery refuses: ${failed.map(([type, count]) => `${count} ${type}`).join(', ')}`,
    );
  }
  return { events, keys };
}

async function deliverHour(
  firehose: LocalFirehose,
  runtime: SimulatedRuntime,
  { hour, batches }: DemoHour,
): Promise<number> {
  const sent = batches.map((batch) => {
    runtime.sleepTo(batch.arrivedMs);
    return firehose.putRecords(recordsOf(batch));
  });
  // Timers do not fire: the buffer interval would create ten times as many objects.
  runtime.sleepTo(startOfUtcHourMs(hour) + HOUR_MS - 1);
  await firehose.flush();
  for (const outcome of (await Promise.all(sent)).flat()) {
    if (outcome.status !== 'delivered') {
      throw new DemoLakeError('delivery_failed', `the lake did not take an event: ${outcome.reason}`);
    }
  }
  return batches.reduce((sum, { events }) => sum + events.length, 0);
}

const recordsOf = ({ records }: DemoBatch): readonly Uint8Array[] =>
  packRecords(records).packed.map(({ data }) => data);
