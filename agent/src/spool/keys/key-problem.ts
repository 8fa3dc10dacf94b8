/** What a person has to know about keys that cannot be had. */
import type { KeyEntry, KeyFile } from './key-file.ts';
import type { Loaded, SecretStore } from './secret-store.ts';

export interface Unobtained {
  readonly entry: KeyEntry;
  readonly why: Exclude<Loaded['kind'], 'found'>;
}

/** One sentence with the remedy, or null where every key is there. */
export function problemOf(
  file: KeyFile,
  unobtained: readonly Unobtained[],
  stores: readonly SecretStore[],
): string | null {
  const parts: string[] = [];
  if (file.aside !== null) {
    parts.push(
      `${file.path} could not be read and lies in ${file.aside} now: restore it from a backup and start again if events were waiting`,
    );
  }
  for (const place of new Set(unobtained.map(({ entry }) => entry.kept_in))) {
    const store = stores.find(({ kind }) => kind === place);
    const name =
      place === 'file'
        ? `the file ${file.path}`
        : (store?.name ?? `the keystore of another system (${place})`);
    const here = unobtained.filter(({ entry }) => entry.kept_in === place);
    const lost = here.filter(({ why }) => why === 'missing');
    const withheld = here.filter(({ why }) => why !== 'missing');
    if (lost.length > 0) {
      parts.push(
        `${name} no longer holds ${keysOf(lost)}: restore it from a backup and start again; until then ${waiting(lost)}`,
      );
    }
    if (withheld.length > 0) {
      const remedy = store?.remedy ?? 'start again on the system that made it';
      parts.push(`${name} does not give ${keysOf(withheld)}: ${remedy}; until then ${waiting(withheld)}`);
    }
  }
  return parts.length === 0 ? null : parts.join('; ');
}

const keysOf = (some: readonly Unobtained[]): string =>
  `the queue's ${some.length === 1 ? 'key' : 'keys'} ${some.map(({ entry }) => entry.id).join(', ')}`;

const waiting = (some: readonly Unobtained[]): string =>
  `events encrypted with ${some.length === 1 ? 'it' : 'them'} wait`;
