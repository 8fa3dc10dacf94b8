/** The window in front on macOS, by active-win. Its helper is told to ask for no permission by itself. */
import { type ActiveWindow, loadActiveWindow, toLook } from './active-win.ts';
import { failed, type Look, type WindowProbe } from './window-probe.ts';

export interface MacosProbeOptions {
  /** Titles need the Screen Recording permission: macOS asks for it once this is true. */
  readonly titles: boolean;
  /** @defaultValue npm `active-win` */
  readonly load?: () => Promise<ActiveWindow | null>;
}

export class MacosWindowProbe implements WindowProbe {
  readonly limitation: string | null;
  readonly #options: MacosProbeOptions;
  #activeWindow: ActiveWindow | null = null;

  constructor(options: MacosProbeOptions) {
    this.#options = options;
    this.limitation = options.titles
      ? null
      : 'Window titles, and with them websites, are not captured on macOS until they are turned on and Screen Recording is allowed under System Settings, Privacy & Security.';
  }

  async problem(): Promise<string | null> {
    this.#activeWindow = await (this.#options.load ?? loadActiveWindow)();
    return this.#activeWindow === null
      ? 'The package active-win does not load; reinstall with optional dependencies (npm ci).'
      : null;
  }

  async look(): Promise<Look> {
    try {
      return toLook(
        await this.#activeWindow?.({
          // Only the address of a browser's tab needs it, and that comes from elsewhere.
          accessibilityPermission: false,
          screenRecordingPermission: this.#options.titles,
        }),
      );
    } catch {
      return failed(
        'macOS does not permit it; allow Screen Recording for the program that runs Kinetrack under System Settings, Privacy & Security.',
      );
    }
  }
}
