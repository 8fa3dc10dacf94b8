/** Runs the command-line tools of keystores. */
import { spawn } from 'node:child_process';
import type { Runtime } from '../../runtime.ts';

export interface ExecCommand {
  readonly program: string;
  /** Never contains a secret: other users of the machine can read arguments. */
  readonly args: readonly string[];
  /** Content of stdin, which is then closed. */
  readonly stdin: string;
  readonly limitMs: number;
}

export type ExecOutcome =
  | { readonly kind: 'exited'; readonly code: number; readonly stdout: string; readonly stderr: string }
  /** The program does not exist, or the system refuses to start it. */
  | { readonly kind: 'missing' }
  /** Killed after the time limit, for too much output, or by another process. */
  | { readonly kind: 'killed' };

/** Never rejects. */
export type Exec = (command: ExecCommand) => Promise<ExecOutcome>;

/** More than any output of a keystore. */
const MAX_OUTPUT_CHARS = 64 * 1024;

export const systemExec =
  (runtime: Runtime, env: Readonly<NodeJS.ProcessEnv>): Exec =>
  ({ program, args, stdin, limitMs }) =>
    new Promise((resolve) => {
      // With this variable, GLib writes debug messages to stdout.
      const { G_MESSAGES_DEBUG: _, ...rest } = env;
      const child = spawn(program, args, { env: rest, stdio: 'pipe', windowsHide: true });
      const output = { stdout: '', stderr: '' };
      const end = (outcome: ExecOutcome) => {
        timer.cancel();
        resolve(outcome);
      };
      const kill = () => {
        child.kill('SIGKILL');
        // Does not wait for the pipes to close: a child of the program may keep them open.
        for (const stream of child.stdio) stream?.destroy();
        end({ kind: 'killed' });
      };
      const timer = runtime.after(limitMs, kill);
      child.on('error', () => end({ kind: 'missing' }));
      child.on('close', (code) =>
        end(code === null ? { kind: 'killed' } : { kind: 'exited', code, ...output }),
      );
      // No pipes if the system has no descriptor left: `error` follows.
      if (child.pid === undefined) return;
      for (const name of ['stdout', 'stderr'] as const) {
        child[name].setEncoding('utf8').on('data', (text: string) => {
          output[name] += text;
          if (output[name].length > MAX_OUTPUT_CHARS) kill();
        });
      }
      // A program that ends before reading everything closes the pipe; its exit code has the reason.
      child.stdin.on('error', () => undefined).end(stdin);
    });
