import type { KeyRing } from './keys/key-ring.ts';
import type { Segment } from './segment.ts';

/** Why pending records cannot be read at the moment, and the remedy; null where all can. */
export function keyProblem(segments: readonly Segment[], keys: KeyRing): string | null {
  const locked = segments.filter(({ pendingRecords, keyId }) => pendingRecords > 0 && !keys.find(keyId));
  if (locked.length === 0) return null;
  const records = locked.reduce((sum, { pendingRecords }) => sum + pendingRecords, 0);
  const ids = [...new Set(locked.map(({ keyId }) => keyId))].join(', ');
  return (
    keys.problem ??
    `${records} records wait for the key ${ids}, which cannot be had: give it back, and they will be delivered`
  );
}
