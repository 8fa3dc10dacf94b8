import type { InputCounterOptions } from './input-counter.ts';

export interface CaptureOptions extends Omit<InputCounterOptions, 'inputClock'> {
  readonly env: NodeJS.ProcessEnv;
  /** Called once when capture ends by itself after it had begun. */
  readonly onLost: () => void;
}

/** Input that is being captured and counted. */
export interface Capture {
  /** Sends what is counted, now. */
  flush(): void;
  /** Resolves once all input up to now is counted and sent, and nothing more is captured. */
  close(): Promise<void>;
}

/** Resolves once input is captured; rejects where the system does not let it. */
export type StartCapture = (options: CaptureOptions) => Promise<Capture>;
