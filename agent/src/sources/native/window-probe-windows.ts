/** The window in front on Windows, by active-win's native module. */
import { readdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { type ActiveWindow, loadActiveWindow, toLook } from './active-win.ts';
import { failed, type Look, type WindowProbe } from './window-probe.ts';

export interface WindowsProbeOptions {
  /** @defaultValue npm `active-win` */
  readonly load?: () => Promise<ActiveWindow | null>;
  /** Folder of active-win. @defaultValue where it is installed */
  readonly packageDir?: string;
}

export class WindowsWindowProbe implements WindowProbe {
  readonly limitation = null;
  readonly #options: WindowsProbeOptions;
  #activeWindow: ActiveWindow | null = null;

  constructor(options: WindowsProbeOptions = {}) {
    this.#options = options;
  }

  async problem(): Promise<string | null> {
    this.#activeWindow = await (this.#options.load ?? loadActiveWindow)();
    if (this.#activeWindow === null) {
      return 'The package active-win does not load; reinstall with optional dependencies (npm ci).';
    }
    // Without its native module active-win answers "no window" for ever, which would be a wrong value.
    const packageDir =
      this.#options.packageDir ?? dirname(createRequire(import.meta.url).resolve('active-win'));
    const bindings = await readdir(join(packageDir, 'lib', 'binding')).catch(() => []);
    return bindings.some((name) => name.includes('win32'))
      ? null
      : 'The native module of active-win is not installed; reinstall it with install scripts allowed (npm rebuild).';
  }

  async look(): Promise<Look> {
    try {
      return toLook(await this.#activeWindow?.());
    } catch {
      // Windows of a higher integrity level, such as the consent prompt, may not be asked.
      return failed('Windows refused the question; it is asked again.');
    }
  }
}
