/**
 * Keys that a spool is encrypted with: made, recognised, written as text.
 *
 * Invariants:
 *  1. A secret comes from the system's generator and from nothing that a test or an option could replace.
 *  2. A key's id is derived from its secret. It is as random, and it tells whether a secret is the one that was
 *     kept: a wrong secret would make every event look damaged.
 */
import { createHash, randomBytes } from 'node:crypto';

export interface SpoolKey {
  /** 8 lower-case hexadecimal digits, random: part of the name of each segment that the key encrypts. */
  readonly id: string;
  /** 32 bytes for AES-256-GCM. */
  readonly secret: Uint8Array;
}

export interface KeyRing {
  /** What new segments are encrypted with. */
  readonly current: SpoolKey;
  /** The key of an older segment; undefined where it cannot be had at the moment. */
  find(id: string): SpoolKey | undefined;
  /** Where the current key is kept, for people: `the login keychain`, `the file /path/keys.json`. */
  readonly keptIn: string;
  /** One sentence with the remedy where a key of the ring cannot be had, or null. */
  readonly problem: string | null;
}

const SECRET_BYTES = 32;

export function newKey(): SpoolKey {
  const secret = randomBytes(SECRET_BYTES);
  return { id: idOf(secret), secret };
}

/** The key of this id from its text; null where the text is another key's or no key. */
export function keyFrom(id: string, base64: string): SpoolKey | null {
  const secret = Buffer.from(base64, 'base64');
  return secret.length === SECRET_BYTES && idOf(secret) === id ? { id, secret } : null;
}

export const textOf = (key: SpoolKey): string => Buffer.from(key.secret).toString('base64');

/** One way, and 32 of 256 bits: tells nothing about the secret. */
const idOf = (secret: Uint8Array): string =>
  createHash('sha256').update('kinetrack spool key id').update(secret).digest('hex').slice(0, 8);
