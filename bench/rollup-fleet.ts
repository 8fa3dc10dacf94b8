/**
 * Rollup of one hour of a whole fleet: 60 samples per person in objects of 1,000 people, the size that
 * Firehose writes (64 MiB uncompressed), computed whole or as one slice, with summaries. Each measurement
 * runs in a separate process for its peak memory. Objects are streamed from a folder, so they do not add to
 * the memory. The summaries table is a counter: its latency is not included.
 *
 * `node --import tsx bench/rollup-fleet.ts [PEOPLE[/SLICES]...]`; by default the sizes of
 * docs/performance.md.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { DEFAULT_RULES } from '@kinetrack/schema';
import { encodeRows } from '../aws/stores/summary-items.ts';
import { FileObjectStore } from '../local/stores/object-store.ts';
import { hoursKey, minutesKey, rawSamplesPrefix } from '../pipeline/lake/keys.ts';
import type { SummaryWriter } from '../pipeline/lake/ports.ts';
import { rollupHour } from '../pipeline/rollup/index.ts';
import { fleetObjects } from './rollup-samples.ts';
import { type Figures, reportBench } from './support/report-bench.ts';

const HOUR = { dt: '2026-11-20', hour: '09' };
const SIZES = ['1000/1', '10000/1', '12500/1', '50000/1', '50000/4'];
const TO_MB = 1024 * 1024;
const ITEM_OVERHEAD_BYTES = 90;
const WRITE_UNIT_BYTES = 1024;

async function inChild(folder: string, people: number, of: number): Promise<Figures> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--import', 'tsx', fileURLToPath(import.meta.url), '--measure', folder, `${people}/${of}`],
    { maxBuffer: TO_MB },
  );
  return JSON.parse(stdout) as Figures;
}

/** Computes the first slice and returns its cost. */
async function measure(folder: string, people: number, of: number): Promise<Figures> {
  const store = new FileObjectStore(folder);
  let items = 0;
  let withinAUnit = 0;
  const summaries: SummaryWriter = {
    putHour: (_, persons) => {
      for (const { rows } of persons) {
        items += 1;
        const bytes = encodeRows(rows).parts[0].length + ITEM_OVERHEAD_BYTES;
        if (bytes <= WRITE_UNIT_BYTES) withinAUnit += 1;
      }
      return Promise.resolve();
    },
    deletePerson: () => Promise.resolve(0),
  };
  const cpu = process.cpuUsage();
  const begin = performance.now();
  const report = await rollupHour({
    ...{ store, hour: HOUR, rules: DEFAULT_RULES, slice: { index: 0, of } },
    summaries,
  });
  const seconds = (performance.now() - begin) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const bytes = async (prefix: string) => {
    for await (const info of store.list(prefix)) return info.bytes;
    return 0;
  };
  return {
    people: people / of,
    samples: report.samples,
    wall_s: round(seconds),
    cpu_s: round((user + system) / 1e6),
    // Kilobytes on Linux and macOS.
    peak_rss_mb: Math.round(process.resourceUsage().maxRSS / 1024),
    minute_rows: report.minuteRows,
    hour_rows: report.hourRows,
    minutes_mb: round((await bytes(minutesKey(HOUR))) / TO_MB),
    hours_mb: round((await bytes(hoursKey(HOUR))) / TO_MB),
    summaries: items,
    summaries_within_1_kb: withinAUnit,
  };
}

async function fill(folder: string, people: number): Promise<number> {
  const store = new FileObjectStore(folder);
  let bytes = 0;
  let index = 0;
  for (const object of fleetObjects(people)) {
    bytes += object.length;
    index += 1;
    await store.put(`${rawSamplesPrefix(HOUR)}${index}.json.gz`, object);
  }
  return bytes;
}

const round = (value: number): number => Number(value.toFixed(2));

async function benchFleets(sizes: readonly string[]): Promise<void> {
  const figures: Record<string, number> = {};
  for (const people of new Set(sizes.map((size) => peopleOf(size)[0]))) {
    const folder = await mkdtemp(join(tmpdir(), 'kinetrack-fleet-'));
    try {
      figures[`raw_mb_at_${people}`] = Math.round((await fill(folder, people)) / TO_MB);
      for (const size of sizes.filter((each) => peopleOf(each)[0] === people)) {
        figures[`load_at_${size}`] = round(loadavg()[0] ?? 0);
        for (const [name, value] of Object.entries(await inChild(folder, ...peopleOf(size)))) {
          figures[`${name}_at_${size}`] = value;
        }
        process.stderr.write(
          `${size}: ${figures[`cpu_s_at_${size}`]} s of CPU, ${figures[`peak_rss_mb_at_${size}`]} MB, ${figures[`wall_s_at_${size}`]} s\n`,
        );
      }
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
  await reportBench('rollup-fleet', figures);
}

/** Number of people, and of slices. */
function peopleOf(size: string): [number, number] {
  const [people = 0, of = 1] = size.split('/').map(Number);
  return [people, of];
}

const [first, folder = '', size = ''] = process.argv.slice(2);
if (first === '--measure') {
  process.stdout.write(JSON.stringify(await measure(folder, ...peopleOf(size))));
} else {
  const asked = process.argv.slice(2);
  await benchFleets(asked.length === 0 ? SIZES : asked);
}
