/**
 * Tombstones: deleted people, each with a time. Events from before that time are excluded. Every reader
 * of raw events checks them, so that a repeated rollup or a late record does not restore a deleted
 * person.
 *
 *   deletions/tombstones/<hash>/<time>.json   time: ms since 1970
 *   deletions/tombstones/salt-<name>          random string, the content of the object
 *
 * The hash is SHA-256 of the salt and the user ID, so stored tombstones contain no IDs. Whoever can
 * read the salt can still test a guessed ID. The time is in the key, so one listing is enough.
 *
 * Two salts exist only if two first deletions ran concurrently. A tombstone is valid with any salt, so
 * stores without conditional writes need no lock.
 */
import { createHash } from 'node:crypto';
import { formatUtc, TOMBSTONES_PREFIX } from '@kinetrack/schema';
import { parseKey, SALTS_PREFIX, saltKey, tombstoneKey } from './keys.ts';
import { readObject } from './lines.ts';
import type { ObjectStore } from './ports.ts';

export interface Tombstones {
  /** Whether an event of this person at this time (ms since 1970) was deleted. */
  excludes(userId: string, tsMs: number): boolean;
}

/** The result of `loadTombstones` if nobody was deleted. */
export const NO_TOMBSTONES: Tombstones = { excludes: () => false };

/**
 * Without the salt, tombstones cannot be matched to people. A rollup that continued would restore them.
 */
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

/** Loads the tombstones of a lake: one listing, and the salt if there are any. @throws SaltMissing */
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

/** A stored tombstone. Receipts refer to the person by its hash. */
interface FiledTombstone {
  readonly hash: string;
}

/**
 * Excludes all events of a person before a time. A later time replaces an earlier one. `newSalt`
 * returns a random string that cannot be guessed; it is called once per lake.
 */
export async function addTombstone(
  store: ObjectStore,
  { userId, deletedBeforeMs, newSalt }: { userId: string; deletedBeforeMs: number; newSalt: () => string },
): Promise<FiledTombstone> {
  let [salt] = await readSalts(store);
  if (salt === undefined) {
    const made = newSalt();
    // The name is derived from the content, so concurrent writers do not overwrite each other.
    await store.put(saltKey(hashOf('', made).slice(0, 32)), Buffer.from(made));
    salt = made;
  }
  const hash = hashOf(salt, userId);
  const body = { schema_version: 1, erased_before: formatUtc(deletedBeforeMs) };
  await store.put(tombstoneKey(hash, deletedBeforeMs), Buffer.from(JSON.stringify(body)));
  return { hash };
}

/** The hash of a person; undefined in a lake without a salt. */
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

/** The length makes the boundary between salt and ID unambiguous. */
const hashOf = (salt: string, userId: string): string =>
  createHash('sha256').update(`${salt.length}:${salt}${userId}`).digest('hex');

/** A rollup checks the same people repeatedly. */
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
