/** The port of "which window is in front": one adapter for each system. */

export interface SeenWindow {
  readonly app: string;
  readonly title: string;
}

export type FrontWindow =
  | { readonly status: 'window'; readonly window: SeenWindow }
  /** No window is in front. */
  | { readonly status: 'none' }
  /** It cannot be told: in one sentence, with the remedy. */
  | { readonly status: 'failed'; readonly reason: string };

export interface WindowChanges {
  /** Another window may be in front: worth a look at once. */
  readonly front: () => void;
  /** The window in front may have another title: worth a look soon. */
  readonly title: () => void;
}

export interface WindowWatch {
  /** While false, changes go unreported and looking at intervals is all there is. */
  readonly isWatching: boolean;
  close(): void;
}

export interface WindowProbe {
  /** What this machine lacks for good, in one sentence; null where nothing is missing. */
  problem(): Promise<string | null>;
  read(): Promise<FrontWindow>;
  /** What cannot be seen although the rest can, in one sentence. */
  readonly limitation: string | null;
  /** Reports changes by itself, where the system offers that. */
  watch?(changes: WindowChanges): WindowWatch;
}

export const failed = (reason: string): FrontWindow => ({ status: 'failed', reason });
