/**
 * How fast the local Firehose takes a fleet's records into a folder: de-aggregation, jq, gzip and files that
 * survive a power cut. At growing numbers, so that it shows where time grows faster than the input.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemRuntime } from '@kinetrack/agent';
import { LocalFirehose } from '../local/firehose/index.ts';
import { FileObjectStore } from '../local/stores/object-store.ts';
import { deliveryConfiguration } from '../pipeline/delivery.ts';
import { packedRecords } from './delivery-records.ts';
import { type Figures, reportBench } from './support/report-bench.ts';

const EVENT_COUNTS = [1_000, 10_000, 100_000];

async function benchDelivery(): Promise<Figures> {
  const figures: Record<string, number> = {};
  for (const count of EVENT_COUNTS) {
    const seconds = await deliverySeconds(count);
    const { bytes, records } = packedRecords(count);
    figures[`events_per_s_at_${count}`] = Math.round(count / seconds);
    figures[`records_per_s_at_${count}`] = Math.round(records.length / seconds);
    figures[`mb_per_s_at_${count}`] = Number((bytes / seconds / 1e6).toFixed(1));
  }
  return figures;
}

/** From the first record to the last durable object, with an opened Firehose. */
async function deliverySeconds(count: number): Promise<number> {
  const { records } = packedRecords(count);
  const folder = await mkdtemp(join(tmpdir(), 'kinetrack-bench-'));
  const firehose = await LocalFirehose.open({
    configuration: deliveryConfiguration({ bucketArn: 'local', roleArn: 'local' }),
    streamName: 'bench',
    store: new FileObjectStore(folder),
    runtime: systemRuntime,
  });
  const start = performance.now();
  const outcomes = firehose.putRecords(records);
  await firehose.flush();
  await outcomes;
  const seconds = (performance.now() - start) / 1000;
  const { deliveredRecords } = firehose.status();
  if (deliveredRecords !== count) throw new Error(`${deliveredRecords} of ${count} events were delivered`);
  await firehose.close();
  await rm(folder, { recursive: true });
  return seconds;
}

await reportBench('delivery', await benchDelivery());
