/** What a durable event costs: appended alone and in groups, each group synced, then read and acknowledged. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSegmentSpool, type Spool } from '@kinetrack/agent';
import { type Figures, reportBench } from './support/report-bench.ts';

const LINE = JSON.stringify({ note: 'x'.repeat(340) });
const APPENDS = [
  { group: 1, events: 2_000 },
  { group: 20, events: 20_000 },
  { group: 200, events: 100_000 },
];
const REOPENED_EVENTS = 200_000;
/** One Firehose billing step, as in the steady state. */
const STEADY_BYTES = 4_920;

async function benchSpool(): Promise<Figures> {
  const figures: Record<string, number> = {};
  for (const { group, events } of APPENDS) {
    const seconds = await withSpool(async (spool) => {
      const elapsed = await timed(() => appendAll(spool, events, group));
      if (spool.status().pendingRecords !== events)
        throw new Error(`not all of ${events} events are pending`);
      return elapsed;
    });
    figures[`append_us_per_event_in_groups_of_${group}`] = Number(((seconds / events) * 1e6).toFixed(1));
    figures[`append_events_per_s_in_groups_of_${group}`] = Math.round(events / seconds);
  }
  figures.read_and_ack_events_per_s = await withSpool(async (spool) => {
    const events = 20_000;
    await appendAll(spool, events, 200);
    return Math.round(events / (await timed(() => drain(spool))));
  });
  figures[`open_ms_with_${REOPENED_EVENTS}_pending`] = await withSpool(async (spool, dir) => {
    await appendAll(spool, REOPENED_EVENTS, 200);
    await spool.close();
    const seconds = await timed(async () => (await openSegmentSpool({ dir })).close());
    return Math.round(seconds * 1000);
  });
  return figures;
}

async function appendAll(spool: Spool, events: number, group: number): Promise<void> {
  for (let done = 0; done < events; done += group) {
    await spool.append(Array.from({ length: group }, (_, i) => ({ id: done + i + 1, line: LINE })));
  }
}

async function drain(spool: Spool): Promise<void> {
  for (;;) {
    const records = await spool.read({ maxRecords: 200, maxBytes: STEADY_BYTES });
    if (records.length === 0) return;
    await spool.ack(records.map(({ id }) => id));
  }
}

async function withSpool(measure: (spool: Spool, dir: string) => Promise<number>): Promise<number> {
  const dir = await mkdtemp(join(tmpdir(), 'kinetrack-bench-'));
  const spool = await openSegmentSpool({ dir });
  try {
    return await measure(spool, dir);
  } finally {
    await spool.close();
    await rm(dir, { recursive: true });
  }
}

async function timed(work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

await reportBench('spool', await benchSpool());
