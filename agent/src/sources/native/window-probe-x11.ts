/**
 * The window in front on X11. active-win tells it; xprop completes what active-win 9.3 cannot: windows that name no
 * process or one of another machine or container (it throws), titles with `=` or beyond Latin-1 (it gives none).
 */
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { type ActiveWindow, loadActiveWindow, toLook } from './active-win.ts';
import { displayProblem, type Session } from './display.ts';
import {
  failed,
  type Look,
  notHere,
  type WindowChanges,
  type WindowProbe,
  type WindowWatch,
} from './window-probe.ts';
import { X11WindowWatch } from './window-watch-x11.ts';
import { FRONT_PROPERTY, parseFront, parseProperties, WINDOW_PROPERTIES, xprop } from './xprop.ts';

const NEEDED_COMMANDS = ['xprop', 'xwininfo'];

export class X11WindowProbe implements WindowProbe {
  readonly limitation = null;
  readonly #session: Session;
  #activeWindow: ActiveWindow | null = null;

  constructor(session: Session) {
    this.#session = session;
  }

  async problem(): Promise<string | null> {
    const problem = displayProblem(this.#session, 'The active window');
    if (problem !== null) return problem;
    const isThere = await Promise.all(NEEDED_COMMANDS.map((name) => isCommand(name, this.#session.env)));
    const missing = NEEDED_COMMANDS.filter((_, index) => isThere[index] === false);
    if (missing.length > 0) {
      return notHere(
        `${missing.join(' and ')} not found; install x11-utils (Debian, Ubuntu: apt install x11-utils).`,
      );
    }
    this.#activeWindow = await loadActiveWindow();
    return null;
  }

  async look(): Promise<Look> {
    const { env } = this.#session;
    const output = await xprop(['-root', FRONT_PROPERTY], env);
    if (output === null) {
      return failed(
        `the X display ${JSON.stringify(env.DISPLAY ?? '')} does not answer; check that it runs.`,
      );
    }
    const id = parseFront(output);
    if (id === undefined) {
      return failed(
        'the window manager does not say which window is in front; use one that follows EWMH (most do).',
      );
    }
    if (id === null) return { status: 'none' };
    // Expected to throw for the windows named above.
    const seen = toLook(await this.#activeWindow?.().catch(() => undefined));
    return seen.status === 'window' && seen.window.title !== '' ? seen : await this.#lookByXprop(id);
  }

  watch(changes: WindowChanges): WindowWatch {
    return new X11WindowWatch(this.#session.env, changes);
  }

  async #lookByXprop(id: string): Promise<Look> {
    // A window that closed meanwhile does not answer.
    const output = await xprop(['-id', id, ...WINDOW_PROPERTIES], this.#session.env);
    if (output === null) return { status: 'none' };
    const { className, title } = parseProperties(output);
    return className === null ? { status: 'none' } : { status: 'window', window: { app: className, title } };
  }
}

async function isCommand(name: string, env: NodeJS.ProcessEnv): Promise<boolean> {
  const folders = (env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  const found = await Promise.allSettled(folders.map((folder) => access(join(folder, name), constants.X_OK)));
  return found.some(({ status }) => status === 'fulfilled');
}
