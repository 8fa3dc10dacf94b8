/**
 * Whose events were deleted, and up to when. A rollup that runs again, and a record that comes late, must not bring a
 * deleted person back: whatever reads raw events asks here first.
 */
import type { ObjectStore } from './ports.ts';

export interface Tombstones {
  /** Whether an event of this person, that happened at this moment (ms since 1970), was deleted for good. */
  hides(userId: string, tsMs: number): boolean;
}

export const NO_TOMBSTONES: Tombstones = { hides: () => false };

/** The tombstones of a lake. */
export async function loadTombstones(_store: ObjectStore): Promise<Tombstones> {
  return NO_TOMBSTONES;
}
