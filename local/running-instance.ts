/**
 * The running `kinetrack start` of a data directory. The lock of the queue guarantees that there is only one;
 * `running.json` has its process ID and address, for `kinetrack status` and for a second start.
 */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomically } from '@kinetrack/agent';
import { hasCode } from '@kinetrack/schema';
import * as z from 'zod';

const RUNNING_FILE = 'running.json';

const runningInstance = z.object({
  pid: z.int(),
  /** Address of the page, without the launch token. */
  url: z.string(),
  /** Address with the launch token, so only the owner may read the file. */
  launch_url: z.string(),
  started_at: z.string(),
});
export type RunningInstance = z.infer<typeof runningInstance>;

export class AlreadyRunning extends Error {
  readonly code = 'already_running';
  constructor(dataDir: string, first: RunningInstance | undefined, options?: ErrorOptions) {
    const who = first ? `process ${first.pid} at ${first.url}` : 'another process';
    super(
      `${dataDir} is in use by ${who}. Open that address, stop the process, or choose another folder with --data.`,
      options,
    );
    this.name = 'AlreadyRunning';
  }
}

export async function registerInstance(dataDir: string, instance: RunningInstance): Promise<void> {
  await writeFileAtomically(join(dataDir, RUNNING_FILE), `${JSON.stringify(instance, null, 2)}\n`);
}

export function unregisterInstance(dataDir: string): void {
  rmSync(join(dataDir, RUNNING_FILE), { force: true });
}

/** Undefined if no process runs. */
export function findRunning(dataDir: string): RunningInstance | undefined {
  try {
    const instance = runningInstance.parse(JSON.parse(readFileSync(join(dataDir, RUNNING_FILE), 'utf8')));
    return isProcessRunning(instance.pid) ? instance : undefined;
  } catch {
    // Missing, incomplete after a crash, or from another version: no known instance.
    return undefined;
  }
}

/** True also for a process of another user. */
export function isProcessRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return hasCode(error, 'EPERM');
  }
}
