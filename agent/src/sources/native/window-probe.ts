/** The port for reading the front window; one adapter per system. */

export interface SeenWindow {
  readonly app: string;
  readonly title: string;
}

export type FrontWindow =
  | { readonly status: 'window'; readonly window: SeenWindow }
  /** No front window. */
  | { readonly status: 'none' }
  /** Unknown, with the reason and the remedy in one sentence. */
  | { readonly status: 'failed'; readonly reason: string };

export interface WindowChanges {
  /** Another window may be in front: check now. */
  readonly front: () => void;
  /** The title of the front window may have changed: check soon. */
  readonly title: () => void;
}

export interface WindowWatch {
  /** While false, changes are not reported, so polling is necessary. */
  readonly isWatching: boolean;
  close(): void;
}

export interface WindowProbe {
  /** What this machine lacks permanently, in one sentence; null if nothing. */
  problem(): Promise<string | null>;
  read(): Promise<FrontWindow>;
  /** What is not visible although the rest is, in one sentence. */
  readonly limitation: string | null;
  /** Reports changes, if the system supports it. */
  watch?(changes: WindowChanges): WindowWatch;
}

export const failed = (reason: string): FrontWindow => ({ status: 'failed', reason });
