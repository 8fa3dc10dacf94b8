/** A keystore of the operating system. */
import type { SpoolKey } from './key-ring.ts';

export type Loaded =
  | { readonly kind: 'found'; readonly key: SpoolKey }
  /** The store answers, and has no such key or another secret under its name. */
  | { readonly kind: 'missing' }
  /** The store is locked, not there, or does not answer. */
  | { readonly kind: 'unreachable' };

export interface SecretStore {
  /** How keys.json calls it. */
  readonly kind: 'secret-service' | 'keychain' | 'dpapi';
  /** For people: `the login keychain`. */
  readonly name: string;
  /** What a person does when a key cannot be had from here. */
  readonly remedy: string;
  /** Quick and without a prompt: false where there is certainly none. */
  isAvailable(): Promise<boolean>;
  /** Never rejects. `blob` is what save() answered. */
  load(id: string, blob: string): Promise<Loaded>;
  /**
   * Keeps a key. Resolves with what keys.json has to hold for it (empty where the id is enough), or with null where
   * it was refused. Never rejects.
   */
  save(key: SpoolKey): Promise<string | null>;
}
