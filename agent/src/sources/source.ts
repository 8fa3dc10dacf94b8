/** The port of a signal. A failed source reports the reason; the other sources continue. */
import type { Detail } from '@kinetrack/schema';
import type { Runtime } from '../runtime.ts';
import type { InputSignal, WindowSignal } from './signals.ts';

/** What a source can do on this machine. */
export type Capability =
  | {
      readonly status: 'available';
      /** In one plain sentence: what cannot be captured although the rest can. */
      readonly limitation?: string;
    }
  | { readonly status: 'starting' }
  /** In one plain sentence: what is missing, and the remedy where there is one. */
  | { readonly status: 'unavailable'; readonly reason: string };

export interface Source<Signal> {
  /** `input`, `active-window`, `presence`, ... */
  readonly name: string;
  /** Begins to emit. Resolves once the capability is known; does not reject for what a machine lacks. */
  start(emit: (signal: Signal) => void): Promise<Capability>;
  capability(): Capability;
  /** Ends child processes and timers. May be called twice. */
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
