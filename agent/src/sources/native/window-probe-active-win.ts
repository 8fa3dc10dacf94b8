/**
 * Probes with npm `active-win` (get-windows). It is loaded on demand: if its native part fails to
 * load, only this probe fails.
 */
import { readdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Options, Result } from 'active-win';
import { type FrontWindow, failed, type WindowProbe } from './window-probe.ts';

export type ActiveWindow = (options?: Options) => Promise<Result | undefined>;

/** Null if the package is missing or does not load. */
async function loadActiveWindow(): Promise<ActiveWindow | null> {
  try {
    return (await import('active-win')).activeWindow;
  } catch {
    return null;
  }
}

/** An application without a name counts as no window. */
function toFrontWindow(result: Result | undefined): FrontWindow {
  const app = result?.owner.name.trim();
  return result && app ? { status: 'window', window: { app, title: result.title } } : { status: 'none' };
}

interface MacosProbeOptions {
  /** Titles need the Screen Recording permission: macOS prompts for it if true. */
  readonly titles: boolean;
  /** @defaultValue npm `active-win` */
  readonly load?: () => Promise<ActiveWindow | null>;
}

/** macOS. The helper of active-win must not prompt for permissions. */
export class MacosWindowProbe implements WindowProbe {
  readonly limitation: string | null;
  readonly #options: MacosProbeOptions;
  #activeWindow: ActiveWindow | null = null;

  constructor(options: MacosProbeOptions) {
    this.#options = options;
    this.limitation = options.titles
      ? null
      : 'On macOS, window titles and websites are captured only once they are enabled and Screen Recording is allowed under System Settings, Privacy & Security.';
  }

  async problem(): Promise<string | null> {
    this.#activeWindow = await (this.#options.load ?? loadActiveWindow)();
    return this.#activeWindow === null
      ? 'The package active-win does not load; reinstall with optional dependencies (npm ci).'
      : null;
  }

  async read(): Promise<FrontWindow> {
    try {
      return toFrontWindow(
        await this.#activeWindow?.({
          // Only the address of a browser tab needs it, and the agent does not read that.
          accessibilityPermission: false,
          screenRecordingPermission: this.#options.titles,
        }),
      );
    } catch {
      return failed(
        'macOS denies access to windows; allow Screen Recording for the program that runs Kinetrack under System Settings, Privacy & Security.',
      );
    }
  }
}

interface WindowsProbeOptions {
  /** @defaultValue npm `active-win` */
  readonly load?: () => Promise<ActiveWindow | null>;
  /** Folder of active-win. @defaultValue its installation */
  readonly packageDir?: string;
}

/** Windows, with the native module of active-win. */
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
    // Without its native module, active-win always reports "no window", which would be a wrong value.
    const packageDir =
      this.#options.packageDir ?? dirname(createRequire(import.meta.url).resolve('active-win'));
    const bindings = await readdir(join(packageDir, 'lib', 'binding')).catch(() => []);
    return bindings.some((name) => name.includes('win32'))
      ? null
      : 'The native module of active-win is not installed; reinstall it with install scripts allowed (npm rebuild).';
  }

  async read(): Promise<FrontWindow> {
    try {
      return toFrontWindow(await this.#activeWindow?.());
    } catch {
      // Windows of a higher integrity level, such as the consent prompt, cannot be read.
      return failed('Windows denied access to the front window; the agent retries automatically.');
    }
  }
}
