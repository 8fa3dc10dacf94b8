/**
 * Cost of a durable event: encrypted, appended alone and in groups with a sync per group, then read and
 * acknowledged; and the cost of opening a full spool in a separate process.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type KeyRing, openSegmentSpool, type Spool } from '@kinetrack/agent';
import { build } from 'esbuild';
import { type Figures, reportBench } from './support/report-bench.ts';

const LINE = JSON.stringify({ note: 'x'.repeat(340) });
const APPENDS = [
  { group: 1, events: 2_000 },
  { group: 20, events: 20_000 },
  { group: 200, events: 100_000 },
];
const FULL_BYTES = 256 * 1024 * 1024;
/** About one Firehose billing step, as in the steady state. */
const STEADY_BYTES = 4_920;

const KEY = { id: '00000001', secret: new Uint8Array(32).fill(1) };
const KEYS: KeyRing = { current: KEY, find: () => KEY, keptIn: 'the benchmark', problem: null };

async function benchSpool(): Promise<Figures> {
  const figures: Record<string, number> = { disk_us_per_sync_of_80_kb: await syncCostUs() };
  for (const { group, events } of APPENDS) {
    const cost = await withSpool(async (spool) => {
      const measured = await costOf(() => appendAll(spool, events, group));
      if (spool.status().pendingRecords !== events)
        throw new Error(`not all of ${events} events are pending`);
      return measured;
    });
    figures[`append_us_per_event_in_groups_of_${group}`] = rounded((cost.seconds / events) * 1e6);
    figures[`append_cpu_us_per_event_in_groups_of_${group}`] = rounded(cost.cpuUs / events);
    figures[`append_events_per_s_in_groups_of_${group}`] = Math.round(events / cost.seconds);
  }
  figures.read_and_ack_events_per_s = await withSpool(async (spool) => {
    const events = 20_000;
    await appendAll(spool, events, 200);
    return Math.round(events / (await costOf(() => drain(spool))).seconds);
  });
  return { ...figures, ...(await withSpool(benchFull)) };
}

/** Cost of a disk sync of the size of a group of 200, as a reference for the other figures. */
async function syncCostUs(): Promise<number> {
  const dir = await mkdtemp(join(tmpdir(), 'kinetrack-bench-'));
  const file = await open(join(dir, 'file'), 'wx');
  const bytes = new Uint8Array(80_000);
  const syncs = 200;
  const { seconds } = await costOf(async () => {
    for (let done = 0; done < syncs; done++) {
      await file.write(bytes);
      await file.datasync();
    }
  });
  await file.close();
  await rm(dir, { recursive: true });
  return Math.round((seconds / syncs) * 1e6);
}

/** Fills the spool to its limit and opens it again in a child process. */
async function benchFull(spool: Spool, dir: string): Promise<Figures> {
  const before = spool.status().storage?.bytes ?? 0;
  while (Object.keys(spool.status().dropped).length === 0) await appendAll(spool, 20_000, 200);
  const { pendingRecords, storage } = spool.status();
  const bytes = storage?.bytes ?? 0;
  await spool.close();
  const opened = await openElsewhere(dir);
  if (opened.pendingRecords !== pendingRecords) throw new Error('the full spool lost records');
  return {
    full_spool_events: pendingRecords,
    full_spool_mib: rounded(bytes / 1024 / 1024),
    bytes_per_event_on_disk: rounded((bytes - before) / pendingRecords),
    bytes_per_event_as_line: LINE.length,
    full_spool_open_ms: Math.round(opened.ms),
    full_spool_open_peak_rss_mb: rounded(opened.peakRssBytes / 1e6),
    full_spool_open_rss_mb: rounded(opened.rssBytes / 1e6),
  };
}

interface Opened {
  readonly ms: number;
  readonly rssBytes: number;
  readonly peakRssBytes: number;
  readonly pendingRecords: number;
}

/** In a new process, bundled like the package: a TypeScript loader would add memory. */
async function openElsewhere(dir: string): Promise<Opened> {
  const script = `${dir}-open.mjs`;
  await build({
    entryPoints: [fileURLToPath(new URL('support/open-spool-child.ts', import.meta.url))],
    outfile: script,
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
  });
  try {
    const child = spawn(process.execPath, [script, dir], { stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    await once(child, 'close');
    const opened: Opened = JSON.parse(output);
    return opened;
  } finally {
    await rm(script);
  }
}

async function appendAll(spool: Spool, events: number, group: number): Promise<void> {
  for (let done = 0; done < events; done += group) {
    const first = spool.lastSeq + 1;
    await spool.append(Array.from({ length: group }, (_, i) => ({ id: first + i, line: LINE })));
  }
}

async function drain(spool: Spool): Promise<void> {
  for (;;) {
    const records = await spool.read({ maxRecords: 200, maxBytes: STEADY_BYTES });
    if (records.length === 0) return;
    await spool.ack(records.map(({ id }) => id));
  }
}

async function withSpool<T>(measure: (spool: Spool, dir: string) => Promise<T>): Promise<T> {
  const dir = await mkdtemp(join(tmpdir(), 'kinetrack-bench-'));
  const spool = await openSegmentSpool({ dir, keys: KEYS, groupMs: 0, maxBytes: FULL_BYTES });
  try {
    return await measure(spool, dir);
  } finally {
    await spool.close();
    await rm(dir, { recursive: true });
  }
}

async function costOf(work: () => Promise<void>): Promise<{ seconds: number; cpuUs: number }> {
  const start = performance.now();
  const cpu = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(cpu);
  return { seconds: (performance.now() - start) / 1000, cpuUs: user + system };
}

const rounded = (value: number): number => Number(value.toFixed(1));

await reportBench('spool', await benchSpool());
