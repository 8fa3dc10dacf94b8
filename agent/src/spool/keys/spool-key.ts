/**
 * Encryption keys of a spool: creation, identification, text form.
 *
 * Invariants:
 *  1. A secret comes from the system's generator, which no test and no option can replace.
 *  2. The id of a key is derived from its secret. It is as random, and it verifies a loaded secret:
 *     with a wrong secret, every event would look damaged.
 */
import { createHash, randomBytes } from 'node:crypto';

export interface SpoolKey {
  /**
   * 8 lower-case hexadecimal digits, random: part of the file name of each segment encrypted with the key.
   */
  readonly id: string;
  /** 32 bytes for AES-256-GCM. */
  readonly secret: Uint8Array;
}

export interface KeyRing {
  /** Key of new segments. */
  readonly current: SpoolKey;
  /** Key of an older segment; undefined if it is not available now. */
  find(id: string): SpoolKey | undefined;
  /** Location of the current key, for messages: `the login keychain`, `the file /path/keys.json`. */
  readonly keptIn: string;
  /** One sentence with the remedy if a key is not available, otherwise null. */
  readonly problem: string | null;
}

const SECRET_BYTES = 32;

export function newKey(): SpoolKey {
  const secret = randomBytes(SECRET_BYTES);
  return { id: idOf(secret), secret };
}

/** The key with this id from its text; null if the text belongs to another key or is invalid. */
export function keyFrom(id: string, base64: string): SpoolKey | null {
  const secret = Buffer.from(base64, 'base64');
  return secret.length === SECRET_BYTES && idOf(secret) === id ? { id, secret } : null;
}

export const textOf = (key: SpoolKey): string => Buffer.from(key.secret).toString('base64');

/** A hash, cut to 32 of 256 bits: reveals nothing about the secret. */
const idOf = (secret: Uint8Array): string =>
  createHash('sha256').update('kinetrack spool key id').update(secret).digest('hex').slice(0, 8);
