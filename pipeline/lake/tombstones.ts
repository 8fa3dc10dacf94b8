/**
 * Whose events were deleted, and up to when. A rollup that runs again, and a record that comes late, must not bring a
 * deleted person back: whatever reads raw events asks here first.
 *
 *   deletions/tombstones/<hash>/<moment>.json   moment: ms since 1970
 *   deletions/tombstones/salt-<name>            random text, the content of the object
 *
 * The hash is SHA-256 over the salt and the person's id, so what is stored names nobody. It is no secret from those
 * who may read the salt too and can guess the id. The moment stands in the key: one listing tells everything.
 *
 * Several salts are there only where two first deletions ran at the same moment. A tombstone counts under any of them,
 * so that a store without conditional writes needs no lock.
 */
import { createHash } from 'node:crypto';
import { formatUtc, TOMBSTONES_PREFIX } from '@kinetrack/schema';
import { parseKey, SALTS_PREFIX, saltKey, tombstoneKey } from './keys.ts';
import { readObject } from './lines.ts';
import type { ObjectStore } from './ports.ts';

export interface Tombstones {
  /** Whether an event of this person, that happened at this moment (ms since 1970), was deleted for good. */
  excludes(userId: string, tsMs: number): boolean;
}

/** What loadTombstones resolves to where nobody was deleted. */
export const NO_TOMBSTONES: Tombstones = { excludes: () => false };

/** Without the salt no tombstone says whom it hides; a rollup that went on would bring deleted people back. */
export class SaltMissing extends Error {
  readonly code = 'salt_missing';
  constructor(tombstones: number) {
    super(
      `${TOMBSTONES_PREFIX} has ${tombstones} tombstones, but ${SALTS_PREFIX} has no salt: ` +
        'restore the salt from an earlier version of the object, or repeat the deletions',
    );
    this.name = 'SaltMissing';
  }
}

/** The tombstones of a lake: one listing, and the salt where there are any. @throws SaltMissing */
export async function loadTombstones(store: ObjectStore): Promise<Tombstones> {
  const deletedBefore = new Map<string, number>();
  const saltKeys: string[] = [];
  for await (const { key } of store.list(TOMBSTONES_PREFIX)) {
    const parsed = parseKey(key);
    if (parsed?.kind === 'salt') saltKeys.push(key);
    if (parsed?.kind !== 'tombstone') continue;
    const { hash, deletedBeforeMs } = parsed;
    deletedBefore.set(hash, Math.max(deletedBefore.get(hash) ?? 0, deletedBeforeMs));
  }
  if (deletedBefore.size === 0) return NO_TOMBSTONES;
  const salts = await readAll(store, saltKeys);
  if (salts.length === 0) throw new SaltMissing(deletedBefore.size);
  const momentOf = memoized((userId: string) =>
    Math.max(0, ...salts.map((salt) => deletedBefore.get(hashOf(salt, userId)) ?? 0)),
  );
  return { excludes: (userId, tsMs) => tsMs < momentOf(userId) };
}

/** The tombstone of a person as it is filed, and under which hash receipts name them. */
export interface FiledTombstone {
  readonly hash: string;
}

/**
 * Hides everything of a person that happened before the moment. A later burial moves the moment; an earlier one
 * changes nothing. `newSalt` is random text that nobody can guess; it is asked for once in the life of a lake.
 */
export async function addTombstone(
  store: ObjectStore,
  { userId, deletedBeforeMs, newSalt }: { userId: string; deletedBeforeMs: number; newSalt: () => string },
): Promise<FiledTombstone> {
  let [salt] = await readSalts(store);
  if (salt === undefined) {
    const made = newSalt();
    // Named by its content, which is all that two writers at once must not share.
    await store.put(saltKey(hashOf('', made).slice(0, 32)), Buffer.from(made));
    salt = made;
  }
  const hash = hashOf(salt, userId);
  const body = { schema_version: 1, erased_before: formatUtc(deletedBeforeMs) };
  await store.put(tombstoneKey(hash, deletedBeforeMs), Buffer.from(JSON.stringify(body)));
  return { hash };
}

/** The hash under which a person would be filed; undefined in a lake without a salt. */
export async function personHash(store: ObjectStore, userId: string): Promise<string | undefined> {
  const [salt] = await readSalts(store);
  return salt === undefined ? undefined : hashOf(salt, userId);
}

async function readSalts(store: ObjectStore): Promise<readonly string[]> {
  const keys: string[] = [];
  for await (const { key } of store.list(SALTS_PREFIX)) keys.push(key);
  return readAll(store, keys);
}

async function readAll(store: ObjectStore, keys: readonly string[]): Promise<readonly string[]> {
  const texts: string[] = [];
  for (const key of keys) {
    const body = await readObject(store, key);
    if (body !== undefined) texts.push(body.toString());
  }
  return texts;
}

/** The length keeps a salt and an id from being read as another salt and another id. */
const hashOf = (salt: string, userId: string): string =>
  createHash('sha256').update(`${salt.length}:${salt}${userId}`).digest('hex');

/** A rollup asks about the same few people again and again. */
const MAX_REMEMBERED = 100_000;
function memoized(momentOf: (userId: string) => number): (userId: string) => number {
  const known = new Map<string, number>();
  return (userId) => {
    let moment = known.get(userId);
    if (moment === undefined) {
      moment = momentOf(userId);
      if (known.size >= MAX_REMEMBERED) known.clear();
      known.set(userId, moment);
    }
    return moment;
  };
}
