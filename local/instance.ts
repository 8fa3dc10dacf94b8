/**
 * One `kinetrack start` per data directory. The lock frees itself when its process dies; `running.json`
 * beside it tells the second one, and `kinetrack status`, whom to talk to.
 */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomically } from '@kinetrack/agent';
import * as z from 'zod';
import { isAlive } from './is-alive.ts';

const RUNNING_FILE = 'running.json';

const runningInstance = z.object({
  pid: z.int(),
  /** Address of the page, without the launch token. */
  url: z.string(),
  /** Address that opens the page: with the launch token, hence a file that only its owner can read. */
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

export async function announce(dataDir: string, instance: RunningInstance): Promise<void> {
  await writeFileAtomically(join(dataDir, RUNNING_FILE), `${JSON.stringify(instance, null, 2)}\n`);
}

export function withdraw(dataDir: string): void {
  rmSync(join(dataDir, RUNNING_FILE), { force: true });
}

/** The instance that wrote the file and whose process is alive, or undefined. */
export function findRunning(dataDir: string): RunningInstance | undefined {
  try {
    const instance = runningInstance.parse(JSON.parse(readFileSync(join(dataDir, RUNNING_FILE), 'utf8')));
    return isAlive(instance.pid) ? instance : undefined;
  } catch {
    // Missing, half written by a process that died, or from another version: nobody can be named.
    return undefined;
  }
}
