/** The keys that a spool is encrypted with. */

export interface SpoolKey {
  /** 8 lower-case hexadecimal digits, random: stands in the name of each segment that it encrypts. */
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
