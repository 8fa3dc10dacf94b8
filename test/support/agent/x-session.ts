/** A new display with a window manager: Xvfb on a free number, with openbox. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface XSession {
  /** `:3`, for DISPLAY. */
  readonly display: string;
  /** Environment for processes in the session. */
  readonly env: NodeJS.ProcessEnv;
  /** Runs xdotool; resolves with what it printed. */
  xdotool(...args: string[]): Promise<string>;
  /** Ends the window manager and the display. May be called twice. */
  close(): Promise<void>;
}

export async function openXSession({ size = '1280x800' } = {}): Promise<XSession> {
  const server = spawn(
    'Xvfb',
    ['-displayfd', '3', '-screen', '0', `${size}x24`, '-nolisten', 'tcp', '-noreset'],
    {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    },
  );
  const display = `:${await firstLine(server)}`;
  const { WAYLAND_DISPLAY: _, ...inherited } = process.env;
  const env = { ...inherited, DISPLAY: display, XDG_SESSION_TYPE: 'x11' };
  const manager = spawn('openbox', ['--sm-disable'], { env, stdio: 'ignore' });
  const close = async () => {
    await end(manager);
    await end(server);
  };
  try {
    await until(async () =>
      (await run('xprop', ['-root', '_NET_SUPPORTING_WM_CHECK'], { env })).stdout.includes('#'),
    );
  } catch (error) {
    await close();
    throw error;
  }
  return {
    display,
    env,
    close,
    xdotool: async (...args) => (await run('xdotool', args, { env })).stdout.trim(),
  };
}

async function firstLine(server: ChildProcess): Promise<string> {
  const failed = Promise.race([once(server, 'error'), once(server, 'exit')]).then(([why]) => {
    throw why instanceof Error ? why : new Error(`Xvfb ended with ${String(why)} before it had a display`);
  });
  const pipe = server.stdio[3] as Readable;
  let text = '';
  const line = (async () => {
    for await (const chunk of pipe) {
      text += String(chunk);
      if (text.includes('\n')) return text.trim();
    }
    return await failed;
  })();
  return await Promise.race([line, failed]);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
}

/** Waits for a condition that another process fulfils. */
export async function until(condition: () => boolean | Promise<boolean>, timeoutMs = 10_000): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > deadline)
      throw new Error(`not so after ${timeoutMs} ms: ${condition.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
