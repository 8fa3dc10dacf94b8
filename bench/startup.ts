/**
 * Time from `kinetrack start` with an empty data directory to the first byte of the page. Runs the built
 * command line like `npm start`, without npm's own time.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openXSession } from '../test/support/agent/x-session.ts';
import { startCli, stopCli } from '../test/support/process/cli.ts';
import { type Figures, reportBench } from './support/report-bench.ts';

const RUNS = 9;

async function benchStartup(): Promise<Figures> {
  const session = await openXSession().catch(() => null);
  const waits: number[] = [];
  try {
    for (let run = 0; run < RUNS; run += 1) waits.push(await msToPage(session?.env ?? process.env));
  } finally {
    await session?.close();
  }
  waits.sort((a, b) => a - b);
  return {
    runs: RUNS,
    medianMsToPage: Math.round(waits[Math.floor(RUNS / 2)] ?? Number.NaN),
    slowestMsToPage: Math.round(waits.at(-1) ?? Number.NaN),
    withDisplay: session === null ? 0 : 1,
  };
}

async function msToPage(env: NodeJS.ProcessEnv): Promise<number> {
  const dataDir = await mkdtemp(join(tmpdir(), 'kinetrack-bench-'));
  const began = performance.now();
  const agent = startCli(['start', '--data', dataDir, '--port', '0', '--no-open'], { env });
  try {
    const [, address = ''] = await agent.printed(/dashboard: (\S+)/);
    const response = await fetch(address, { redirect: 'manual' });
    if (response.status !== 303) throw new Error(`the launch address answered ${response.status}`);
    return performance.now() - began;
  } finally {
    await stopCli(agent);
    await rm(dataDir, { recursive: true, force: true });
  }
}

await reportBench('startup', await benchStartup());
