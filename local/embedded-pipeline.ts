/**
 * The pipeline on one computer: the local Firehose with the delivery specification, the lake in a folder, and
 * the rollup of every touched hour. In AWS, the same functions run with other adapters.
 */

import type { Runtime } from '@kinetrack/agent';
import type { RuleSet, UtcHour } from '@kinetrack/schema';
import { HOUR_MS, rawPrefix, startOfUtcHourMs } from '@kinetrack/schema';
import { deliveryConfiguration } from '../pipeline/delivery.ts';
import { touchedHours } from '../pipeline/lake/keys.ts';
import type { ObjectStore } from '../pipeline/lake/ports.ts';
import { rollupHour } from '../pipeline/rollup/index.ts';
import { LocalFirehose } from './firehose/index.ts';
import { rollupWorker } from './rollup-worker.ts';
import { FileObjectStore } from './stores/object-store.ts';

const STREAM_NAME = 'kinetrack-local';
/** Deliveries only start rollups of recent hours. Each start repeats those that a killed process did not finish. */
const RECENT_MS = 48 * HOUR_MS;

export interface EmbeddedPipelineOptions {
  /** Lake folder. Created if missing. */
  readonly lakeDir: string;
  readonly rules: RuleSet;
  readonly runtime: Runtime;
  /** Buffer interval of the Firehose. @defaultValue the delivery specification: 300 s */
  readonly bufferIntervalMs?: number;
  /** Called for a failed rollup. The previous rows stay, and the next delivery retries the hour. */
  readonly onRollupError: (hour: UtcHour, error: unknown) => void;
}

export interface EmbeddedPipeline {
  readonly store: ObjectStore;
  readonly firehose: LocalFirehose;
  /** Number of hours recomputed so far. */
  readonly recomputed: number;
  /** Recomputes hours from their raw events. */
  recompute(hours: readonly UtcHour[]): Promise<void>;
  /** Delivers buffered events and waits for their rollups. Can be called twice. */
  close(): Promise<void>;
}

export async function openEmbeddedPipeline(options: EmbeddedPipelineOptions): Promise<EmbeddedPipeline> {
  const store = new FileObjectStore(options.lakeDir);
  let recomputed = 0;
  const worker = rollupWorker({
    async rollup(hour) {
      await rollupHour({ store, hour, rules: options.rules });
      recomputed += 1;
    },
    onError: options.onRollupError,
  });
  const firehose = await LocalFirehose.open({
    configuration: deliveryConfiguration({ bucketArn: 'local', roleArn: 'local' }),
    streamName: STREAM_NAME,
    store,
    runtime: options.runtime,
    ...(options.bufferIntervalMs === undefined ? {} : { bufferIntervalMs: options.bufferIntervalMs }),
    onDelivered: (keys) => worker.recompute(touchedHours(keys)),
  });
  return {
    store,
    firehose,
    get recomputed() {
      return recomputed;
    },
    recompute: (hours) => worker.recompute(hours),
    async close() {
      await firehose.close();
      await worker.recompute([]);
    },
  };
}

/** Hours with raw samples, ascending. With a range: only hours that start in `[fromMs, toMs)`. */
export async function hoursWithSamples(
  store: ObjectStore,
  range: { readonly fromMs?: number; readonly toMs?: number } = {},
): Promise<readonly UtcHour[]> {
  const { fromMs = Number.NEGATIVE_INFINITY, toMs = Number.POSITIVE_INFINITY } = range;
  const hours = new Map<string, UtcHour>();
  for await (const { key } of store.list(rawPrefix('sample'))) {
    for (const hour of touchedHours([key])) {
      const start = startOfUtcHourMs(hour);
      if (start >= fromMs && start < toMs) hours.set(`${hour.dt}T${hour.hour}`, hour);
    }
  }
  return [...hours.values()];
}

/** Recent hours with raw samples: only these can be in computation, or lack a rollup after a kill. */
export const recentHours = (store: ObjectStore, nowMs: number): Promise<readonly UtcHour[]> =>
  hoursWithSamples(store, { fromMs: nowMs - RECENT_MS });
