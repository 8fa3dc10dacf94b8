/**
 * CPU of a deletion that reads a lake, and of one in which every object contains the person. In memory, so
 * the figures exclude the latency of a bucket, which eight parallel objects share.
 */

import { deletePerson } from '../pipeline/deletion/index.ts';
import { rawSamplesPrefix } from '../pipeline/lake/keys.ts';
import { MemoryObjectStore } from '../test/support/lake/memory-object-store.ts';
import { sampleObjects } from './rollup-samples.ts';
import { type Figures, reportBench } from './support/report-bench.ts';

const SAMPLES = 60_000;
const OBJECTS_OF = 5_000;

/** An hour of 1,000 people, about 80 of them per object. */
const objects = sampleObjects(SAMPLES, OBJECTS_OF);

async function lake(): Promise<MemoryObjectStore> {
  const store = new MemoryObjectStore(64 * 1024);
  for (const [index, body] of objects.entries()) {
    await store.put(
      `${rawSamplesPrefix({ dt: '2026-11-20', hour: '09' })}${String(index).padStart(4, '0')}.json.gz`,
      body,
    );
  }
  return store;
}

/** CPU seconds, and objects rewritten. */
async function secondsFor(userId: string, store: MemoryObjectStore): Promise<[number, number]> {
  const start = process.cpuUsage();
  const outcome = await deletePerson(
    { id: 'bench', user_id: userId, requested_by: 'bench' },
    { store, now: () => 0, newSalt: () => 'salt', expires: () => [] },
  );
  if (outcome.status !== 'done') throw new Error(outcome.status);
  const { user, system } = process.cpuUsage(start);
  return [(user + system) / 1e6, outcome.receipt.removed.objects_rewritten];
}

async function benchDeletion(): Promise<Figures> {
  const mb = objects.reduce((sum, { length }) => sum + length, 0) / 1e6;
  await secondsFor('nobody', await lake());
  const [reading] = await secondsFor('nobody', await lake());
  // Adds a line of one person to every object.
  const store = await lake();
  const { gunzipSync, gzipSync } = await import('node:zlib');
  for (const [key, body] of store.objects) {
    const text = gunzipSync(body).toString();
    const [line = ''] = text.split('\n', 1);
    store.objects.set(key, gzipSync(`${text}${line.replace(/"person-\d+"/, '"everywhere"')}\n`));
  }
  const [rewriting, rewritten] = await secondsFor('everywhere', store);
  if (rewritten !== objects.length)
    throw new Error(`${rewritten} of ${objects.length} objects were rewritten`);
  return {
    gzip_mb: Number(mb.toFixed(1)),
    read_gzip_mb_per_core_s: Number((mb / reading).toFixed(1)),
    read_events_per_core_s: Math.round(SAMPLES / reading),
    rewrite_gzip_mb_per_core_s: Number((mb / rewriting).toFixed(1)),
    rewrite_events_per_core_s: Math.round(SAMPLES / rewriting),
    gzip_bytes_per_sample: Math.round((mb * 1e6) / SAMPLES),
  };
}

await reportBench('deletion', await benchDeletion());
