/** A real window: an xterm with a title and a class. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { until, type XSession } from './x-session.ts';

export interface XtermWindow {
  /** Window ID for xdotool and xprop. */
  readonly id: string;
  /** Raises the window and focuses it. */
  focus(): Promise<void>;
  setTitle(title: string): Promise<void>;
  /** Closes it. Can be called twice. */
  close(): Promise<void>;
}

export interface XtermOptions {
  readonly title: string;
  /** WM_CLASS. @defaultValue `XTerm` */
  readonly className?: string;
  /** Columns, rows and place. @defaultValue `60x12+40+40` */
  readonly geometry?: string;
}

export async function openXterm(session: XSession, options: XtermOptions): Promise<XtermWindow> {
  const { title, className = 'XTerm', geometry = '60x12+40+40' } = options;
  // `cat` ignores its input; a shell would set the title and run commands.
  const args = ['-class', className, '-title', title, '-geometry', geometry, '-e', 'cat'];
  const child = spawn('xterm', args, { env: session.env, stdio: 'ignore' });
  const find = () => session.xdotool('search', '--onlyvisible', '--pid', String(child.pid)).catch(() => '');
  await until(async () => (await find()) !== '');
  const id = (await find()).split('\n')[0] ?? '';
  return {
    id,
    focus: async () => {
      await session.xdotool('windowactivate', '--sync', id);
    },
    setTitle: async (name) => {
      await session.xdotool('set_window', '--name', name, id);
    },
    close: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      await exited;
    },
  };
}
