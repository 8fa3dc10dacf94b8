/** What a person has to know about keys that cannot be had. */
import type { KeyEntry, KeyFile } from './key-file.ts';
import type { SecretStore } from './secret-store.ts';

export interface Unobtained {
  readonly entry: KeyEntry;
  /** `missing`: its place answers and has no such key; `unreachable`: its place does not answer. */
  readonly why: 'missing' | 'unreachable';
}

const NAMES: Readonly<Record<KeyEntry['kept_in'], string>> = {
  file: 'the file',
  'secret-service': 'the login keyring',
  keychain: 'the login keychain',
  dpapi: 'the data protection of Windows',
};

/** One sentence with the remedy, or null where every key is there. */
export function problemOf(
  file: KeyFile,
  unobtained: readonly Unobtained[],
  stores: readonly SecretStore[],
): string | null {
  const parts: string[] = [];
  if (file.aside !== null) {
    parts.push(
      `${file.path} could not be read and was put aside as ${file.aside}: repair it from a backup if events are to be read that were encrypted with its keys`,
    );
  }
  const places = new Set(unobtained.map(({ entry }) => entry.kept_in));
  for (const place of places) {
    const here = unobtained.filter(({ entry }) => entry.kept_in === place);
    const ids = here.map(({ entry }) => entry.id).join(', ');
    const name = place === 'file' ? `the file ${file.path}` : NAMES[place];
    const store = stores.find(({ kind }) => kind === place);
    const isUnreachable = here.some(({ why }) => why === 'unreachable');
    const fault = isUnreachable ? 'does not give' : 'no longer holds';
    const remedy = isUnreachable
      ? (store?.remedy ?? 'start again on the system where it was made')
      : 'bring it back from a backup and start again';
    parts.push(`${name} ${fault} the spool key ${ids}: ${remedy}; events encrypted with it wait`);
  }
  return parts.length === 0 ? null : parts.join('; ');
}
