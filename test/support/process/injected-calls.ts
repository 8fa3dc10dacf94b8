/** Runs a script of one thread for files under strace, which kills it or fails it at the n-th call of a kind. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm } from 'node:fs/promises';

export interface InjectedRun {
  readonly wasKilled: boolean;
  /** False where there was no n-th call: the script ended undisturbed. */
  readonly wasInjected: boolean;
  /** Null where it was killed. */
  readonly exitCode: number | null;
  readonly output: string;
}

let runs = 0;

/** `inject` as strace has it: `fdatasync:signal=KILL:when=3`, `write:error=ENOSPC:when=1+`. */
export async function runInjected(
  script: string,
  args: readonly string[],
  inject: string,
): Promise<InjectedRun> {
  const [call = ''] = inject.split(':');
  const log = `${script}-${process.pid}-${++runs}.log`;
  const strace = ['-f', '-qq', '-o', log, '-e', `trace=${call}`, '-e', `inject=${inject}`];
  const child = spawn('strace', [...strace, process.execPath, script, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    // strace counts calls by thread, and sees none that goes through a ring.
    env: { ...process.env, UV_THREADPOOL_SIZE: '1', UV_USE_IO_URING: '0' },
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const [exitCode, signal]: readonly unknown[] = await once(child, 'close');
  const wasKilled = signal === 'SIGKILL';
  const wasInjected = wasKilled || (await readFile(log, 'utf8')).includes('(INJECTED)');
  await rm(log);
  return { wasKilled, wasInjected, exitCode: typeof exitCode === 'number' ? exitCode : null, output };
}
