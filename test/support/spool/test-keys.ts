/** Fixed keys without a disk or a keystore. */
import type { KeyRing, SpoolKey } from '../../../agent/src/spool/keys/spool-key.ts';

/** 32 recognizable bytes, different for each id of 8 digits. */
export const testKey = (id = '00c0ffee'): SpoolKey => ({ id, secret: Buffer.from(id.repeat(4)) });

/** A ring whose last key is the current one. A ring with fewer keys is like a locked keystore. */
export function testKeys(...keys: readonly SpoolKey[]): KeyRing {
  const current = keys.at(-1) ?? testKey();
  const ring = keys.length === 0 ? [current] : keys;
  return {
    current,
    keptIn: 'the memory of a test',
    problem: null,
    find: (id) => ring.find((key) => key.id === id),
  };
}
