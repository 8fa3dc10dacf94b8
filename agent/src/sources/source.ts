/** The port of a signal. A source may fail alone: it then reports why, and the others go on. */

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
