/**
 * The pipeline of one machine: the Firehose that executes the delivery specification, the lake in a folder,
 * and the rollup of every hour that new objects touch. The same functions run in AWS behind other adapters.
 */

import type { Runtime } from '@kinetrack/agent';
import type { RuleSet, UtcHour } from '@kinetrack/schema';
import { rawPrefix, startOfUtcHourMs } from '@kinetrack/schema';
import { deliveryConfiguration } from '../pipeline/delivery.ts';
import { touchedHours } from '../pipeline/lake/keys.ts';
import type { ObjectStore } from '../pipeline/lake/ports.ts';
import { rollupHour } from '../pipeline/rollup/index.ts';
import { LocalFirehose } from './firehose/index.ts';
import { rollupWorker } from './rollup-worker.ts';
import { FileObjectStore } from './stores/object-store.ts';

const STREAM_NAME = 'kinetrack-local';

export interface EmbeddedPipelineOptions {
  /** Folder of the lake; made when missing. */
  readonly lakeDir: string;
  readonly rules: RuleSet;
  readonly runtime: Runtime;
  /** How long an object may fill before it is written. @defaultValue what the delivery specification says: 300 s */
  readonly bufferIntervalMs?: number;
  /** A failed rollup: the last good rows stay, and the hour is tried again with the next delivery. */
  readonly onRollupError: (hour: UtcHour, error: unknown) => void;
}

export interface EmbeddedPipeline {
  readonly store: ObjectStore;
  readonly firehose: LocalFirehose;
  /** Hours that were recomputed so far. */
  readonly recomputed: number;
  /** Recomputes these hours out of the raw events; resolves when done. */
  recompute(hours: readonly UtcHour[]): Promise<void>;
  /** Delivers what is buffered and waits for its rollups. May be called twice. */
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

/** Every hour with raw samples in a lake, ascending; optionally only those that begin in `[fromMs, toMs)`. */
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
