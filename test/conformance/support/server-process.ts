/** A server that a test needs, as a process of its own that ends with the test. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

export interface ServerProcessOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** What it prints once it listens; the first group is what the caller wants to know. */
  readonly ready: RegExp;
  readonly timeoutMs: number;
}

export interface ServerProcess {
  /** The first group of `ready`. */
  readonly announced: string;
  /** Everything that it has printed. */
  output(): string;
  close(): Promise<void>;
}

const LAST_LINES = 4000;

/** Resolves once it is ready; rejects with what it printed where it ends or says nothing before the time is over. */
export async function startServer(options: ServerProcessOptions): Promise<ServerProcess> {
  const child = spawn(options.command, options.args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const detach = endWithUs(child);
  let output = '';
  const gone = once(child, 'close').finally(detach);
  // One that could not be started says so below.
  gone.catch(() => {});
  const announced = await new Promise<string>((resolve, reject) => {
    const fail = (why: string) =>
      reject(new Error(`${options.command} ${why}; it printed:\n${output.slice(-LAST_LINES)}`));
    const timer = setTimeout(() => fail(`was not ready after ${options.timeoutMs} ms`), options.timeoutMs);
    const read = (text: string) => {
      output += text;
      const found = options.ready.exec(output);
      if (found === null) return;
      clearTimeout(timer);
      resolve(found[1] ?? '');
    };
    child.stdout.setEncoding('utf8').on('data', read);
    child.stderr.setEncoding('utf8').on('data', read);
    child.once('error', (error) => fail(`could not be started: ${error.message}`));
    child.once('exit', (code) => fail(`ended with ${code}`));
  }).catch(async (error: unknown) => {
    await end(child, gone);
    throw error;
  });
  return { announced, output: () => output, close: () => end(child, gone) };
}

/** Also where this process is stopped from outside, which no `after` hears of; gives what takes it back. */
function endWithUs(child: ChildProcess): () => void {
  const onExit = () => child.kill('SIGKILL');
  const onSignal = (signal: NodeJS.Signals) => {
    onExit();
    detach();
    process.kill(process.pid, signal);
  };
  const detach = () => {
    process.off('exit', onExit);
    for (const signal of SIGNALS) process.off(signal, onSignal);
  };
  process.on('exit', onExit);
  for (const signal of SIGNALS) process.on(signal, onSignal);
  return detach;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** It keeps nothing that would be worth a slow end. */
async function end(child: ChildProcess, gone: Promise<unknown>): Promise<void> {
  if (child.pid === undefined) return;
  child.kill('SIGKILL');
  await gone;
}
