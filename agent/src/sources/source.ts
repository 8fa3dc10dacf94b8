/** The port of a signal. A failed source reports the reason; the other sources continue. */
import type { Detail } from '@kinetrack/schema';
import type { Runtime } from '../runtime.ts';
import type { InputSignal, WindowSignal } from './signals.ts';

/** What a source can do on this machine. */
export type Capability =
  | {
      readonly status: 'available';
      /** What cannot be captured although the rest can, in one sentence. */
      readonly limitation?: string;
    }
  | { readonly status: 'starting' }
  /** What is missing, in one sentence with the remedy if there is one. */
  | { readonly status: 'unavailable'; readonly reason: string };

export interface Source<Signal> {
  /** `input`, `active-window`, `presence`, ... */
  readonly name: string;
  /**
   * Starts emitting. Resolves once the capability is known; does not reject if the machine lacks something.
   */
  start(emit: (signal: Signal) => void): Promise<Capability>;
  capability(): Capability;
  /** Stops child processes and timers. Can be called twice. */
  close(): Promise<void>;
}

export interface SourceSetup {
  readonly runtime: Runtime;
  readonly detail: Detail;
  readonly mouseMoveIntervalMs: number;
}

/** Called at each start() and resume(): a source has one start and one close. */
export interface SourceFactories {
  readonly input: (setup: SourceSetup) => Source<InputSignal>;
  readonly activeWindow: (setup: SourceSetup) => Source<WindowSignal>;
}
