/** The built command line as a real process. */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterTest } from '../../runner/running-test.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const entry = `${root}dist/kinetrack.js`;

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** Added to this process's environment; undefined removes a variable. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly stdin?: string;
  /** @defaultValue the clone */
  readonly cwd?: string;
  /**
   * Path of the command line.
   * @defaultValue the built command line of this clone
   */
  readonly script?: string;
}

/** Runs a command to its end. */
export async function runCli(args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  const running = startCli(args, options);
  running.child.stdin?.end(options.stdin ?? '');
  return running.finished;
}

export interface RunningCli {
  readonly child: ChildProcess;
  readonly finished: Promise<Finished>;
  /** Resolves with the first match in what it has printed; rejects when it ends, or 30 s pass, without one. */
  printed(pattern: RegExp): Promise<RegExpExecArray>;
  output(): { readonly stdout: string; readonly stderr: string };
}

/** It is stopped after the test if it still runs: a test that fails leaves no process behind. */
export function startCli(args: readonly string[], options: RunOptions = {}): RunningCli {
  const env: NodeJS.ProcessEnv = { ...process.env, ...options.env };
  const child = spawn(process.execPath, [options.script ?? entry, ...args], {
    cwd: options.cwd ?? root,
    env,
  });
  let stdout = '';
  let stderr = '';
  const watchers = new Set<() => void>();
  const tell = (): void => {
    for (const watcher of watchers) watcher();
  };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    tell();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    tell();
  });
  const finished = new Promise<Finished>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
  const printed = (pattern: RegExp) =>
    new Promise<RegExpExecArray>((resolve, reject) => {
      const fail = (why: string): void =>
        reject(new Error(`${why} before it printed ${pattern}:\n${stdout}${stderr}`));
      const timer = setTimeout(() => fail('30 s passed'), 30_000);
      const look = (): void => {
        const match = pattern.exec(stdout) ?? pattern.exec(stderr);
        if (match === null) return;
        watchers.delete(look);
        clearTimeout(timer);
        resolve(match);
      };
      watchers.add(look);
      look();
      void finished.then(({ code }) => {
        clearTimeout(timer);
        fail(`it ended with ${code}`);
      }, reject);
    });
  const running = { child, finished, printed, output: () => ({ stdout, stderr }) };
  afterTest(() => stopCli(running));
  return running;
}

/** Stops it like Ctrl+C and waits for the end. */
export async function stopCli(running: RunningCli): Promise<Finished> {
  running.child.kill('SIGINT');
  return running.finished;
}
