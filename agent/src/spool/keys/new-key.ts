/**
 * Secrets come from the system's generator and from nothing that a test or an option could replace.
 *
 * A key's id is taken from its secret, so it is as random and says whether a secret is the one that was kept: a
 * wrong one would make every event look damaged.
 */
import { createHash, randomBytes } from 'node:crypto';
import type { SpoolKey } from './key-ring.ts';

export const SECRET_BYTES = 32;

export function newKey(): SpoolKey {
  const secret = randomBytes(SECRET_BYTES);
  return { id: idOf(secret), secret };
}

/** The key whose text this is, or null where it is another's or none at all. */
export function keyFrom(id: string, base64: string): SpoolKey | null {
  const secret = Buffer.from(base64, 'base64');
  return secret.length === SECRET_BYTES && idOf(secret) === id ? { id, secret } : null;
}

export const textOf = (key: SpoolKey): string => Buffer.from(key.secret).toString('base64');

/** One way, and 32 of 256 bits: tells nothing about the secret. */
const idOf = (secret: Uint8Array): string =>
  createHash('sha256').update('kinetrack spool key id').update(secret).digest('hex').slice(0, 8);
