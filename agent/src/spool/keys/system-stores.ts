/** The keystores that a machine may have. */
import { dpapi } from './dpapi.ts';
import type { Exec } from './exec.ts';
import { keychain } from './keychain.ts';
import { secretService } from './secret-service.ts';
import type { KeyHost, SecretStore } from './secret-store.ts';

export function systemStores(host: KeyHost, exec: Exec): readonly SecretStore[] {
  switch (host.platform) {
    case 'win32':
      return [dpapi(host, exec)];
    case 'darwin':
      return [keychain(exec)];
    default:
      return [secretService(host, exec)];
  }
}
