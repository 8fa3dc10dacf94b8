/**
 * The window in front on X11, by `xprop` alone. active-win, which tells it on macOS and Windows, starts three programs
 * a look here (8 ms of CPU against 2 ms each), throws for a window that names no process or one inside a container,
 * and gives titles with `=` as none and titles beyond Latin-1 as none or as mojibake (get-windows 9.3.0).
 */
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { displayProblem, type Session } from './display.ts';
import { failed, type Look, type WindowChanges, type WindowProbe, type WindowWatch } from './window-probe.ts';
import { X11WindowWatch } from './window-watch-x11.ts';
import {
  FRONT_PROPERTY,
  MANAGER_PROPERTY,
  parseFront,
  parseProperties,
  WINDOW_PROPERTIES,
  xprop,
} from './xprop.ts';

export class X11WindowProbe implements WindowProbe {
  readonly limitation = null;
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  async problem(): Promise<string | null> {
    const problem = displayProblem(this.#session);
    if (problem !== null) return problem;
    return (await isCommand('xprop', this.#session.env))
      ? null
      : 'The program xprop is not found; install x11-utils (Debian, Ubuntu: apt install x11-utils).';
  }

  async look(): Promise<Look> {
    const { env } = this.#session;
    const output = await xprop(['-root', FRONT_PROPERTY, MANAGER_PROPERTY], env);
    if (output === null) {
      return failed(
        `the X display ${JSON.stringify(env.DISPLAY ?? '')} does not answer; check that it runs.`,
      );
    }
    const id = parseFront(output);
    // Before its first window, a window manager that follows EWMH says that it is there and nothing else.
    if (id === undefined && !output.includes(`${MANAGER_PROPERTY}(WINDOW)`)) {
      return failed(
        'the window manager does not say which window is in front; use one that follows EWMH (most do).',
      );
    }
    if (id === undefined || id === null) return { status: 'none' };
    const properties = await xprop(['-id', id, ...WINDOW_PROPERTIES], env);
    // A window that closed meanwhile does not answer.
    if (properties === null) return { status: 'none' };
    const { className, title } = parseProperties(properties);
    return className === null ? { status: 'none' } : { status: 'window', window: { app: className, title } };
  }

  watch(changes: WindowChanges): WindowWatch {
    return new X11WindowWatch(this.#session.env, changes);
  }
}

async function isCommand(name: string, env: NodeJS.ProcessEnv): Promise<boolean> {
  const folders = (env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  const found = await Promise.allSettled(folders.map((folder) => access(join(folder, name), constants.X_OK)));
  return found.some(({ status }) => status === 'fulfilled');
}
