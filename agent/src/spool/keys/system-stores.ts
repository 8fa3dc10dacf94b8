/** The keystores that a machine may have. */
import type { Exec } from './exec.ts';
import type { SecretStore } from './secret-store.ts';

export interface KeyHost {
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<NodeJS.ProcessEnv>;
}

export function systemStores(_host: KeyHost, _exec: Exec): readonly SecretStore[] {
  return [];
}
