/** Replays the error records of a local lake through the local Firehose. */
import type { Runtime } from '@kinetrack/agent';
import type { RuleSet } from '@kinetrack/schema';
import type { IngestSink } from '../pipeline/lake/ports.ts';
import { type ReplayCounts, type ReplayOptions, replay } from '../pipeline/replay/replay.ts';
import { openEmbeddedPipeline } from './embedded-pipeline.ts';

export type ReplayChoice = Omit<ReplayOptions, 'store' | 'sink'>;

/** Resolves when the events are in the lake and their hours are recomputed. */
export async function replayFolder(
  options: ReplayChoice & {
    readonly lakeDir: string;
    readonly rules: RuleSet;
    readonly runtime: Runtime;
    readonly onRollupError: (hour: { dt: string; hour: string }, error: unknown) => void;
  },
): Promise<ReplayCounts> {
  const { lakeDir, rules, runtime, onRollupError, ...choice } = options;
  const pipeline = await openEmbeddedPipeline({ lakeDir, rules, runtime, onRollupError });
  const sink: IngestSink = {
    async put(records) {
      const outcomes = pipeline.firehose.putRecords(records.map(({ data }) => data));
      // Without a flush, the events would be durable only after the buffer interval of five minutes.
      await pipeline.firehose.flush();
      return (await outcomes).map(({ status }) => (status === 'delivered' ? 'stored' : 'retryable'));
    },
  };
  try {
    return await replay({ ...choice, store: pipeline.store, sink });
  } finally {
    await pipeline.close();
  }
}
