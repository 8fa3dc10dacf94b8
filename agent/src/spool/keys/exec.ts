/** Runs the command-line tools of keystores. */
import { spawn } from 'node:child_process';
import type { Runtime } from '../../runtime.ts';

export interface ExecCommand {
  readonly program: string;
  /** Never a secret: other users of the machine can read them. */
  readonly args: readonly string[];
  /** Closed after this. */
  readonly stdin: string;
  readonly limitMs: number;
}

export type ExecOutcome =
  | { readonly kind: 'exited'; readonly code: number; readonly stdout: string; readonly stderr: string }
  /** There is no such program, or the system refuses to start it. */
  | { readonly kind: 'missing' }
  /** Ended by the time limit, by too much output, or by another process. */
  | { readonly kind: 'killed' };

/** Never rejects. */
export type Exec = (command: ExecCommand) => Promise<ExecOutcome>;

/** No answer of a keystore is longer. */
const MAX_OUTPUT_CHARS = 64 * 1024;

export const systemExec =
  (runtime: Runtime, env: Readonly<NodeJS.ProcessEnv>): Exec =>
  ({ program, args, stdin, limitMs }) =>
    new Promise((resolve) => {
      // GLib mixes debug messages into stdout where this asks for them.
      const { G_MESSAGES_DEBUG: _, ...rest } = env;
      const child = spawn(program, args, { env: rest, stdio: 'pipe', windowsHide: true });
      const output = { stdout: '', stderr: '' };
      const end = (outcome: ExecOutcome) => {
        timer.cancel();
        resolve(outcome);
      };
      const kill = () => {
        child.kill('SIGKILL');
        // Not when its pipes close: a process that it left behind may hold them.
        for (const stream of child.stdio) stream?.destroy();
        end({ kind: 'killed' });
      };
      const timer = runtime.after(limitMs, kill);
      child.on('error', () => end({ kind: 'missing' }));
      child.on('close', (code) =>
        end(code === null ? { kind: 'killed' } : { kind: 'exited', code, ...output }),
      );
      // Without pipes where the system has no descriptor left: `error` follows.
      if (child.pid === undefined) return;
      for (const name of ['stdout', 'stderr'] as const) {
        child[name].setEncoding('utf8').on('data', (text: string) => {
          output[name] += text;
          if (output[name].length > MAX_OUTPUT_CHARS) kill();
        });
      }
      // A program that ends before it has read everything closes the pipe; its exit code says why.
      child.stdin.on('error', () => undefined).end(stdin);
    });
