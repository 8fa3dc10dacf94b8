/**
 * How fast the local Firehose takes a fleet's records into a folder: de-aggregation, jq, gzip and files that
 * survive a power cut. At growing numbers, so that it shows where time grows faster than the input.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemRuntime } from '@kinetrack/agent';
import { FileObjectStore } from '../local/file-object-store.ts';
import { LocalFirehose } from '../local/firehose/index.ts';
import { deliveryConfiguration } from '../pipeline/delivery.ts';
import { packedRecords } from './delivery-records.ts';

const RESULTS = new URL('results/', import.meta.url);
const EVENT_COUNTS = [1_000, 10_000, 100_000];

export async function benchDelivery(): Promise<Readonly<Record<string, number>>> {
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

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const figures = await benchDelivery();
  await mkdir(RESULTS, { recursive: true });
  await writeFile(new URL('delivery.json', RESULTS), `${JSON.stringify(figures, null, 2)}\n`);
  console.table(figures);
}
