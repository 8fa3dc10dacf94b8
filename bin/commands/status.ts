import { resolve } from 'node:path';
import { inspectQueue } from '@kinetrack/agent';
import { type StatusReport, statusReport } from '@kinetrack/schema';
import type { Command } from 'commander';
import { findRunning, type RunningInstance } from '../../local/running-instance.ts';
import { baseCommand } from '../base-command.ts';
import { dataOption, jsonOption } from '../shared-options.ts';
import { statusLines, stoppedLines } from '../status-lines.ts';

interface StatusOptions {
  readonly data: string;
  readonly json?: boolean;
}

export const statusCommand = (): Command =>
  baseCommand('status')
    .description('Show the status of recording and delivery')
    .addOption(dataOption())
    .addOption(jsonOption())
    .action(async (options: StatusOptions) => {
      const dataDir = resolve(options.data);
      const running = findRunning(dataDir);
      if (running === undefined) {
        const queue = await inspectQueue(dataDir);
        if (options.json) console.log(JSON.stringify({ running: false, data: dataDir, queue }));
        else for (const line of stoppedLines(dataDir, queue)) console.log(line);
        return;
      }
      const report = await fetchStatus(running);
      if (options.json) console.log(JSON.stringify({ running: true, data: dataDir, ...running, ...report }));
      else for (const line of statusLines({ ...running, dataDir }, report)) console.log(line);
    });

async function fetchStatus(running: RunningInstance): Promise<StatusReport> {
  const launch = new URL(running.launch_url);
  const response = await fetch(new URL('/status', running.url), {
    headers: { authorization: `Bearer ${launch.searchParams.get('token') ?? ''}` },
    signal: AbortSignal.timeout(5_000),
  }).catch((error: unknown) => {
    throw new Error(
      `process ${running.pid} does not respond at ${running.url}. Stop it, then run \`kinetrack start\`.`,
      {
        cause: error,
      },
    );
  });
  if (!response.ok) throw new Error(`GET ${running.url}status failed with HTTP status ${response.status}.`);
  return statusReport.parse(await response.json());
}
