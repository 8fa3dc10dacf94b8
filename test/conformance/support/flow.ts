/** The parts of the way that AWS runs and no emulator has. */
import assert from 'node:assert/strict';
import { systemRuntime } from '@kinetrack/agent';
import { DEFAULT_RULES } from '@kinetrack/schema';
import { hoursWithSamples } from '../../../local/embedded-pipeline.ts';
import { LocalFirehose } from '../../../local/firehose/index.ts';
import { FileObjectStore } from '../../../local/stores/object-store.ts';
import { openLake } from '../../../local/stores/query-engine.ts';
import type { ObjectStore, SummaryStore } from '../../../pipeline/lake/ports.ts';
import { rollupHour } from '../../../pipeline/rollup/index.ts';
import { afterTest } from '../../runner/running-test.ts';
import { collect } from '../../support/collect.ts';
import { tempDir } from '../../support/process/temp-dir.ts';
import { deliveryOf } from './delivery.ts';
import type { Deployment } from './deployment.ts';
import type { SynthesizedStack } from './synthesized.ts';

/** The destination of the template, executed on this machine into the bucket. */
export async function deliver(
  { store }: Deployment,
  stacks: readonly SynthesizedStack[],
  records: readonly Uint8Array[],
): Promise<void> {
  const firehose = await LocalFirehose.open({
    configuration: deliveryOf(stacks),
    streamName: 'activity',
    store,
    runtime: systemRuntime,
  });
  const outcomes = firehose.putRecords(records);
  await firehose.close();
  assert.ok((await outcomes).every(({ status }) => status === 'delivered'));
}

/** The same raw objects in a folder, rolled up there and asked by DuckDB. */
export async function onOneMachine(lake: ObjectStore): Promise<SummaryStore> {
  const lakeDir = await tempDir();
  const store = new FileObjectStore(lakeDir);
  for await (const { key } of lake.list('raw/'))
    await store.put(key, Buffer.concat(await collect(lake.read(key))));
  for (const hour of await hoursWithSamples(store)) await rollupHour({ store, hour, rules: DEFAULT_RULES });
  const local = await openLake({ lakeDir });
  afterTest(() => local.close());
  return local;
}
