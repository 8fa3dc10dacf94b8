/**
 * The window in front: its application and title, said whenever it changes.
 *
 * Invariants:
 *  1. One look at a time; a change reported meanwhile is looked at afterwards.
 *  2. Nothing is emitted twice in a row.
 *  3. Where the front window cannot be told, null is emitted and the capability says why: never a stale window.
 */
import { type Runtime, systemRuntime, type Timer } from '../runtime.ts';
import { isX11, type Session } from './native/display.ts';
import { appName, systemWindowKind } from './native/window-names.ts';
import type { FrontWindow, SeenWindow, WindowProbe, WindowWatch } from './native/window-probe.ts';
import { MacosWindowProbe, WindowsWindowProbe } from './native/window-probe-active-win.ts';
import { X11WindowProbe } from './native/window-probe-x11.ts';
import type { WindowSignal } from './signals.ts';
import type { Capability, Source } from './source.ts';

export interface ActiveWindowSourceOptions {
  /** @defaultValue the system's clock and timers */
  readonly runtime?: Runtime;
  /** How long a change may stay unseen where the system does not report it. @defaultValue 1000 */
  readonly pollIntervalMs?: number;
  /** On macOS, whether to ask for the permission that titles need. @defaultValue false: no titles there, no prompt */
  readonly macosTitles?: boolean;
  /** Whose windows to look at. @defaultValue this process's platform and environment */
  readonly session?: Session;
  /** How to look. @defaultValue the probe of the platform */
  readonly probe?: WindowProbe;
}

/** While changes are reported, or nothing can be seen, a look every so many intervals is enough. */
const CALM_INTERVALS = 15;
/** Window managers say "none" for an instant between two windows. */
const NONE_SETTLES_MS = 250;

export const activeWindowSource = (options: ActiveWindowSourceOptions = {}): Source<WindowSignal> =>
  new ActiveWindowSource(options);

function probeFor({ session, macosTitles = false }: ActiveWindowSourceOptions): WindowProbe {
  const where = session ?? { platform: process.platform, env: process.env };
  if (isX11(where)) return new X11WindowProbe(where);
  return where.platform === 'darwin'
    ? new MacosWindowProbe({ titles: macosTitles })
    : new WindowsWindowProbe();
}

class ActiveWindowSource implements Source<WindowSignal> {
  readonly name = 'active-window';
  readonly #runtime: Runtime;
  readonly #probe: WindowProbe;
  readonly #pollIntervalMs: number;
  #capability: Capability = { status: 'starting' };
  #emit: (signal: WindowSignal) => void = () => {};
  /** What was emitted last; undefined before the first. */
  #current: SeenWindow | null | undefined;
  #noneSinceMs: number | null = null;
  #watch: WindowWatch | null = null;
  #ticker: Timer | null = null;
  #settling: Timer | null = null;
  #looking: Promise<void> | null = null;
  #lookAgain: boolean = false;
  #isTitleStale: boolean = false;
  #intervalsSinceLook = 0;
  #lookedAtMs = 0;
  #isClosed: boolean = false;

  constructor(options: ActiveWindowSourceOptions) {
    this.#runtime = options.runtime ?? systemRuntime;
    this.#probe = options.probe ?? probeFor(options);
    this.#pollIntervalMs = options.pollIntervalMs ?? 1000;
  }

  async start(emit: (signal: WindowSignal) => void): Promise<Capability> {
    this.#emit = emit;
    const problem = await this.#probe.problem();
    if (problem !== null) {
      this.#capability = { status: 'unavailable', reason: problem };
      return this.#capability;
    }
    await this.#look();
    if (!this.#isClosed) this.#ticker = this.#runtime.every(this.#pollIntervalMs, () => this.#tick());
    return this.#capability;
  }

  capability(): Capability {
    return this.#capability;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#ticker?.cancel();
    this.#settling?.cancel();
    this.#watch?.close();
    await this.#looking;
  }

  #tick(): void {
    this.#intervalsSinceLook += 1;
    const isBlind = this.#capability.status === 'unavailable';
    const isCalm = isBlind || (this.#watch?.isWatching === true && !this.#isTitleStale);
    if (!isCalm || this.#intervalsSinceLook >= CALM_INTERVALS) void this.#look();
  }

  /** Looks now, or once more after the look that is under way. Never rejects. */
  #look(): Promise<void> {
    if (this.#looking !== null) {
      this.#lookAgain = true;
      return this.#looking;
    }
    this.#looking = this.#lookUntilSettled().finally(() => {
      this.#looking = null;
    });
    return this.#looking;
  }

  async #lookUntilSettled(): Promise<void> {
    do {
      this.#lookAgain = false;
      this.#isTitleStale = false;
      this.#intervalsSinceLook = 0;
      const atMs = this.#runtime.monotonic();
      this.#lookedAtMs = atMs;
      const look = await this.#probe.look();
      if (this.#isClosed) return;
      this.#take(look, atMs);
    } while (this.#lookAgain);
  }

  #take(look: FrontWindow, atMs: number): void {
    if (this.#watch?.isWatching !== true) this.#startWatching();
    if (look.status === 'failed') {
      this.#capability = { status: 'unavailable', reason: look.reason };
      this.#say(null, atMs);
      return;
    }
    const { limitation } = this.#probe;
    this.#capability = limitation === null ? { status: 'available' } : { status: 'available', limitation };
    const system = look.status === 'window' ? systemWindowKind(look.window) : null;
    if (system === 'passing') return;
    if (look.status === 'none' || system === 'away') {
      this.#takeNone(atMs);
    } else {
      this.#noneSinceMs = null;
      this.#say({ app: appName(look.window.app), title: look.window.title }, atMs);
    }
  }

  #takeNone(atMs: number): void {
    this.#noneSinceMs ??= atMs;
    if (this.#current === undefined || atMs - this.#noneSinceMs >= NONE_SETTLES_MS) {
      this.#say(null, this.#noneSinceMs);
    } else {
      this.#settling?.cancel();
      this.#settling = this.#runtime.after(NONE_SETTLES_MS, () => void this.#look());
    }
  }

  /** Titles may change many times a second, as of a program that shows its progress: a look an interval is enough. */
  #takeTitleChange(): void {
    this.#isTitleStale = true;
    if (this.#runtime.monotonic() - this.#lookedAtMs >= this.#pollIntervalMs) void this.#look();
  }

  #startWatching(): void {
    this.#watch =
      this.#probe.watch?.({
        front: () => void this.#look(),
        title: () => this.#takeTitleChange(),
      }) ?? null;
  }

  #say(window: SeenWindow | null, atMs: number): void {
    const before = this.#current;
    if (before === window) return;
    if (before && window && before.app === window.app && before.title === window.title) return;
    this.#current = window;
    this.#emit({ atMs, window });
  }
}
