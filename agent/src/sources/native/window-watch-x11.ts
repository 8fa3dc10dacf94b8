/**
 * Reports changes of the front window on X11, by two long-running `xprop -spy`: one on the root window, one on the
 * window in front. Without them a look every second would start two programs each time, day and night.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import type { WindowChanges, WindowWatch } from './window-probe.ts';
import { FRONT_PROPERTY, parseFront, WINDOW_PROPERTIES, xpropEnv } from './xprop.ts';

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
    // The display is gone, or xprop is: looks at intervals will tell which.
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
    // It ends with its window. Window managers may go on naming that window as the one in front, and the next window
    // may get the same id.
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
    // Ends by itself when nobody reads any more; must not keep a program alive that has finished.
    child.unref();
    if ('unref' in child.stdout && typeof child.stdout.unref === 'function') child.stdout.unref();
    return child;
  }
}
