/**
 * The front window on X11, read with `xprop`. active-win, used on macOS and Windows, starts three
 * programs per read here (8 ms of CPU against 2 ms each), throws for a window without a process or
 * of a container, and returns titles with `=` as empty and titles beyond Latin-1 as empty or
 * garbled (get-windows 9.3.0).
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { type DisplaySession, displayProblem } from './display.ts';
import {
  type FrontWindow,
  failed,
  type WindowChanges,
  type WindowProbe,
  type WindowWatch,
} from './window-probe.ts';

export class X11WindowProbe implements WindowProbe {
  readonly limitation = null;
  readonly #session: DisplaySession;

  constructor(session: DisplaySession) {
    this.#session = session;
  }

  async problem(): Promise<string | null> {
    const problem = displayProblem(this.#session);
    if (problem !== null) return problem;
    return (await isCommand('xprop', this.#session.env))
      ? null
      : 'The program xprop is not found; install x11-utils (Debian, Ubuntu: apt install x11-utils).';
  }

  async read(): Promise<FrontWindow> {
    const { env } = this.#session;
    const output = await xprop(['-root', FRONT_PROPERTY, MANAGER_PROPERTY], env);
    if (output === null) {
      return failed(
        `The X display ${JSON.stringify(env.DISPLAY ?? '')} does not respond; check that it is running.`,
      );
    }
    const id = parseFront(output);
    // Before the first window, a window manager that follows EWMH sets only the manager property.
    if (id === undefined && !output.includes(`${MANAGER_PROPERTY}(WINDOW)`)) {
      return failed(
        'The window manager does not report the front window; use one that supports EWMH (most do).',
      );
    }
    if (id === undefined || id === null) return { status: 'none' };
    const properties = await xprop(['-id', id, ...WINDOW_PROPERTIES], env);
    // The window has closed since.
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

/**
 * Reports changes of the front window on X11 with two long-running `xprop -spy`, one for the root
 * window and one for the front window. Polling every second would start two programs each time, day
 * and night.
 */
export class X11WindowWatch implements WindowWatch {
  readonly #env: NodeJS.ProcessEnv;
  readonly #changes: WindowChanges;
  readonly #root: ChildProcess;
  #window: ChildProcess | null = null;
  #windowId: string | null = null;
  #isWatching: boolean = true;

  constructor(env: NodeJS.ProcessEnv, changes: WindowChanges) {
    this.#env = env;
    this.#changes = changes;
    this.#root = this.#spy(['-root', FRONT_PROPERTY], (text) => {
      const id = parseFront(text);
      if (id !== undefined) this.#follow(id);
      changes.front();
    });
    // The display or xprop is gone: polling finds out which.
    for (const event of ['exit', 'error']) this.#root.once(event, () => this.close());
  }

  get isWatching(): boolean {
    return this.#isWatching;
  }

  close(): void {
    this.#isWatching = false;
    this.#root.kill();
    this.#window?.kill();
  }

  #follow(id: string | null): void {
    if (id === this.#windowId) return;
    this.#windowId = id;
    this.#window?.kill();
    this.#window = null;
    if (id === null) return;
    const spy = this.#spy(['-id', id, ...WINDOW_PROPERTIES], this.#changes.title);
    this.#window = spy;
    // xprop ends with its window. Window managers may still report that window as the front window,
    // and the next window may get the same id.
    spy.once('exit', () => {
      if (this.#window !== spy) return;
      this.#window = null;
      this.#windowId = null;
      if (this.#isWatching) this.#changes.front();
    });
  }

  #spy(args: readonly string[], onText: (text: string) => void): ChildProcess {
    const child = spawn('xprop', ['-spy', ...args], {
      env: xpropEnv(this.#env),
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    child.stdout.setEncoding('utf8').on('data', onText);
    child.on('error', () => {});
    // xprop exits when its output is closed. It must not keep a finished program alive.
    child.unref();
    if ('unref' in child.stdout && typeof child.stdout.unref === 'function') child.stdout.unref();
    return child;
  }
}

const run = promisify(execFile);

/** Longer than any response of a working display. */
const TIMEOUT_MS = 2000;

const FRONT_PROPERTY = '_NET_ACTIVE_WINDOW';
/** Set by window managers that follow EWMH. */
const MANAGER_PROPERTY = '_NET_SUPPORTING_WM_CHECK';
/** parseProperties relies on this order. */
const WINDOW_PROPERTIES = ['_NET_WM_NAME', 'WM_NAME', 'WM_CLASS'] as const;

/** UTF-8 output, whatever the desktop's language. */
const xpropEnv = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv => ({ ...env, LC_ALL: 'C.utf8' });

/** The output of `xprop` (x11-utils), or null if the display or the window does not respond. */
async function xprop(args: readonly string[], env: NodeJS.ProcessEnv): Promise<string | null> {
  try {
    return (await run('xprop', [...args], { env: xpropEnv(env), timeout: TIMEOUT_MS })).stdout;
  } catch {
    return null;
  }
}

/**
 * The id of the front window; null for none; undefined if the window manager does not report it.
 * The last line counts (`-spy` prints several).
 */
export function parseFront(output: string): string | null | undefined {
  const ids = [...output.matchAll(/^_NET_ACTIVE_WINDOW\(WINDOW\): window id # (0x[0-9a-f]+)/gm)];
  const id = ids.at(-1)?.[1];
  if (id === undefined) return undefined;
  return Number.parseInt(id, 16) === 0 ? null : id;
}

interface WindowProperties {
  /** The class part of WM_CLASS; null without one. */
  readonly className: string | null;
  readonly title: string;
}

export function parseProperties(output: string): WindowProperties {
  const title = textOf(output, '_NET_WM_NAME') ?? textOf(output, 'WM_NAME') ?? '';
  // Two strings: the instance, then the class.
  const names = /^WM_CLASS\(\w+\) = (.*)$/m.exec(output)?.[1]?.match(/"(?:[^"\\]|\\.)*"/g);
  const className = unescapeText(names?.at(-1)?.slice(1, -1) ?? '');
  return { className: className === '' ? null : className, title };
}

/** A title may contain quotes and line breaks: it ends with the last quote before the next property. */
function textOf(output: string, name: string): string | null {
  const found = new RegExp(
    `^${name}\\((\\w+)\\) = "([\\s\\S]*?)"(?=\\n(?:WM_NAME|WM_CLASS)\\b|\\s*$)`,
    'm',
  ).exec(output);
  if (found === null) return null;
  const [, type, text = ''] = found;
  // COMPOUND_TEXT is printed without escapes, the others with escapes.
  return clean(type === 'COMPOUND_TEXT' ? text : unescapeText(text));
}

const unescapeText = (text: string): string =>
  text
    .replace(/(?:\\[0-7]{3})+/g, (octets) => decode(octets.slice(1).split('\\')))
    .replace(/\\([\\"nt])/g, (_, escaped: string) => (escaped === 'n' || escaped === 't' ? ' ' : escaped));

/**
 * UTF-8 if valid, otherwise Latin-1: the type STRING is Latin-1 by definition, but programs also store
 * UTF-8 there.
 */
function decode(octets: readonly string[]): string {
  const bytes = Uint8Array.from(octets, (octet) => Number.parseInt(octet, 8));
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('latin1').decode(bytes);
  }
}

const clean = (text: string): string => text.replace(/\p{Cc}+/gu, ' ').trim();
