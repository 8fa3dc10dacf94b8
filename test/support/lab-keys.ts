import type { KeyRing } from '../../agent/src/spool/keys/key-ring.ts';

const KEY = { id: '0badcafe', secret: new Uint8Array(32).fill(7) };

/** One key that is always the same: a spool of one process opens in another. */
export const labKeys: KeyRing = {
  current: KEY,
  find: (id) => (id === KEY.id ? KEY : undefined),
  keptIn: 'the test',
  problem: null,
};
