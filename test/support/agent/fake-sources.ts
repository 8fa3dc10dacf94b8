/** A machine with keyboard, mouse and windows that a test controls. */
import type {
  Capability,
  InputCounts,
  InputMoment,
  InputSignal,
  Runtime,
  Source,
  SourceFactories,
  WindowSignal,
} from '@kinetrack/agent';

export class FakeSource<Signal> implements Source<Signal> {
  readonly name: string;
  #capability: Capability;
  #emit: ((signal: Signal) => void) | null = null;
  #onClose: () => void = () => {};

  constructor(name: string, capability: Capability) {
    this.name = name;
    this.#capability = capability;
  }

  get isListening(): boolean {
    return this.#emit !== null;
  }

  async start(emit: (signal: Signal) => void): Promise<Capability> {
    this.#emit = emit;
    return this.#capability;
  }

  capability(): Capability {
    return this.#capability;
  }

  async close(): Promise<void> {
    this.#onClose();
    this.#emit = null;
  }

  emit(signal: Signal): void {
    this.#emit?.(signal);
  }

  become(capability: Capability): void {
    this.#capability = capability;
  }

  /** Called at close, for example to emit the last signal. */
  atClose(call: () => void): void {
    this.#onClose = call;
  }
}

const AVAILABLE: Capability = { status: 'available' };

export class FakeMachine {
  readonly #runtime: Runtime;
  /** Of the current capture, once there is one. */
  input = new FakeSource<InputSignal>('input', AVAILABLE);
  windows = new FakeSource<WindowSignal>('active-window', AVAILABLE);
  readonly factories: SourceFactories;

  constructor(
    runtime: Runtime,
    { input = AVAILABLE, windows = AVAILABLE }: { input?: Capability; windows?: Capability } = {},
  ) {
    this.#runtime = runtime;
    this.factories = {
      input: () => {
        this.input = new FakeSource('input', input);
        return this.input;
      },
      activeWindow: () => {
        this.windows = new FakeSource('active-window', windows);
        return this.windows;
      },
    };
  }

  /** Input, now or earlier. */
  type(figures: Partial<InputCounts>, agoMs = 0, moments: readonly InputMoment['body'][] = []): void {
    const atMs = this.#runtime.monotonic() - agoMs;
    this.input.emit({
      counts: [{ keys: 0, clicks: 0, scrolls: 0, distancePx: 0, ...figures, atMs }],
      moments: moments.map((body) => ({ atMs, body })),
    });
  }

  /** Brings a window to the front. */
  show(app: string, title: string, agoMs = 0): void {
    this.windows.emit({ atMs: this.#runtime.monotonic() - agoMs, window: { app, title } });
  }
}
