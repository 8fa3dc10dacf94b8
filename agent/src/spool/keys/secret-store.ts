/** A keystore of the operating system. */
import type { SpoolKey } from './key-ring.ts';

export type Loaded =
  | { readonly kind: 'found'; readonly key: SpoolKey }
  /** The store has no such key, or something else under its name. */
  | { readonly kind: 'missing' }
  /** The store answers, and does not give it now: it is locked, or another user's. */
  | { readonly kind: 'refused' }
  /** The store does not answer: the next question would wait as long. */
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

/** The machine as far as keystores go. */
export interface KeyHost {
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<NodeJS.ProcessEnv>;
}
