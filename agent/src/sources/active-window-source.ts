/**
 * The front window: its application and title, reported at each change.
 *
 * Invariants:
 *  1. One check at a time; a change reported during a check starts another one.
 *  2. The same window is never emitted twice in a row.
 *  3. If the front window is unknown, null is emitted and the capability has the reason: never a stale
 *     window.
 */
import { type Runtime, systemRuntime, type Timer } from '../runtime.ts';
import { type DisplaySession, isX11 } from './native/display.ts';
import { appName, systemWindowKind } from './native/window-names.ts';
import type { FrontWindow, SeenWindow, WindowProbe, WindowWatch } from './native/window-probe.ts';
import { MacosWindowProbe, WindowsWindowProbe } from './native/window-probe-active-win.ts';
import { X11WindowProbe } from './native/window-probe-x11.ts';
import type { WindowSignal } from './signals.ts';
import type { Capability, Source } from './source.ts';

export interface ActiveWindowSourceOptions {
  /** @defaultValue the system's clock and timers */
  readonly runtime?: Runtime;
  /** Poll interval if the system does not report changes. @defaultValue 1000 */
  readonly pollIntervalMs?: number;
  /**
   * On macOS, whether to request the permission that titles need. @defaultValue false: no titles there, no
   * prompt
   */
  readonly macosTitles?: boolean;
  /** The session whose windows are read. @defaultValue this process's platform and environment */
  readonly session?: DisplaySession;
  /** @defaultValue the probe of the platform */
  readonly probe?: WindowProbe;
}

/** Intervals between checks while changes are reported, or nothing is visible. */
const SLOW_INTERVALS = 15;
/** Window managers report "none" for an instant between two windows. */
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
  /** The last emitted window; undefined before the first. */
  #current: SeenWindow | null | undefined;
  #noneSinceMs: number | null = null;
  #watch: WindowWatch | null = null;
  #ticker: Timer | null = null;
  #settling: Timer | null = null;
  #checking: Promise<void> | null = null;
  #checkAgain: boolean = false;
  #isTitleStale: boolean = false;
  #intervalsSinceCheck = 0;
  #checkedAtMs = 0;
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
    await this.#check();
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
    await this.#checking;
  }

  #tick(): void {
    this.#intervalsSinceCheck += 1;
    const isUnavailable = this.#capability.status === 'unavailable';
    const isSlow = isUnavailable || (this.#watch?.isWatching === true && !this.#isTitleStale);
    if (!isSlow || this.#intervalsSinceCheck >= SLOW_INTERVALS) void this.#check();
  }

  /** Checks now, or again after the current check. Never rejects. */
  #check(): Promise<void> {
    if (this.#checking !== null) {
      this.#checkAgain = true;
      return this.#checking;
    }
    this.#checking = this.#checkUntilSettled().finally(() => {
      this.#checking = null;
    });
    return this.#checking;
  }

  async #checkUntilSettled(): Promise<void> {
    do {
      this.#checkAgain = false;
      this.#isTitleStale = false;
      this.#intervalsSinceCheck = 0;
      const atMs = this.#runtime.monotonic();
      this.#checkedAtMs = atMs;
      const front = await this.#probe.read();
      if (this.#isClosed) return;
      this.#apply(front, atMs);
    } while (this.#checkAgain);
  }

  #apply(front: FrontWindow, atMs: number): void {
    if (this.#watch?.isWatching !== true) this.#startWatching();
    if (front.status === 'failed') {
      this.#capability = { status: 'unavailable', reason: front.reason };
      this.#report(null, atMs);
      return;
    }
    const { limitation } = this.#probe;
    this.#capability = limitation === null ? { status: 'available' } : { status: 'available', limitation };
    const system = front.status === 'window' ? systemWindowKind(front.window) : null;
    if (system === 'passing') return;
    if (front.status === 'none' || system === 'away') {
      this.#applyNone(atMs);
    } else {
      this.#noneSinceMs = null;
      this.#report({ app: appName(front.window.app), title: front.window.title }, atMs);
    }
  }

  #applyNone(atMs: number): void {
    this.#noneSinceMs ??= atMs;
    if (this.#current === undefined || atMs - this.#noneSinceMs >= NONE_SETTLES_MS) {
      this.#report(null, this.#noneSinceMs);
    } else {
      this.#settling?.cancel();
      this.#settling = this.#runtime.after(NONE_SETTLES_MS, () => void this.#check());
    }
  }

  /**
   * Titles may change many times a second, for example with a progress display: one check per interval is
   * enough.
   */
  #onTitleChange(): void {
    this.#isTitleStale = true;
    if (this.#runtime.monotonic() - this.#checkedAtMs >= this.#pollIntervalMs) void this.#check();
  }

  #startWatching(): void {
    this.#watch =
      this.#probe.watch?.({
        front: () => void this.#check(),
        title: () => this.#onTitleChange(),
      }) ?? null;
  }

  #report(window: SeenWindow | null, atMs: number): void {
    const before = this.#current;
    if (before === window) return;
    if (before && window && before.app === window.app && before.title === window.title) return;
    this.#current = window;
    this.#emit({ atMs, window });
  }
}
