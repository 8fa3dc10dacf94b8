/**
 * Opens the keys of a spool and creates the first one.
 *
 * Invariants:
 *  1. The current key can be loaded again: it was stored, read back and written to keys.json before its
 *     first use.
 *  2. No entry of keys.json is ever removed: pending events of any age may need it.
 *  3. Only one process at a time writes keys.json.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { prepareDataDir, readIfExists, setAside, writeFileAtomically } from '../../data-dir.ts';
import { keepAlive } from '../../keep-alive.ts';
import { type Runtime, sleep } from '../../runtime.ts';
import type { Lock } from '../disk.ts';
import { SpoolError } from '../spool.ts';
import { lockFolder } from '../system-disk.ts';
import { type Exec, systemExec } from './exec.ts';
import { type KeyHost, type Loaded, type SecretStore, systemStores } from './keystores.ts';
import { type KeyRing, keyFrom, newKey, type SpoolKey, textOf } from './spool-key.ts';

export interface KeyRingOptions {
  /** Folder of keys.json, next to the spool's folder. Created if missing, for this user only. */
  readonly dir: string;
  /** Location of a new key: the system's keystore if one responds, or always keys.json. */
  readonly preference: 'auto' | 'file';
  readonly runtime: Runtime;
  /** Runs the command-line tools of keystores. @defaultValue as child processes */
  readonly exec?: Exec;
  /** @defaultValue this machine */
  readonly host?: KeyHost;
}

/** Rejects with disk errors, and with SpoolError `locked` while another process opens the same keys. */
export async function openKeyRing(options: KeyRingOptions): Promise<KeyRing> {
  const { dir, preference, runtime, host = { platform: process.platform, env: process.env } } = options;
  const stores = systemStores(host, options.exec ?? systemExec(runtime, host.env));
  await prepareDataDir(dir);
  const lock = await lockWithRetries(dir, runtime);
  try {
    return await ringOf(await readKeyFile(dir, runtime), preference === 'auto', stores, runtime);
  } finally {
    // Before the release: after it, the file may belong to another process.
    await rm(join(dir, 'owner'), { force: true });
    await lock.release();
  }
}

interface Kept {
  readonly entry: KeyEntry;
  readonly key: SpoolKey;
}

async function ringOf(
  file: KeyFile,
  wantsKeystore: boolean,
  stores: readonly SecretStore[],
  runtime: Runtime,
): Promise<KeyRing> {
  const { kept, unavailable } = await loadAll(file.entries, stores);
  let current = preferred(kept, wantsKeystore);
  if (current === undefined) {
    const createdAt = new Date(runtime.now()).toISOString();
    // A keystore is used only for the first key, because it may prompt the user.
    const candidates = wantsKeystore && file.entries.length === 0 ? stores : [];
    current = (await newInKeystore(candidates, createdAt)) ?? newInFile(createdAt);
    await writeKeyFile(file.path, [...file.entries, current.entry]);
    kept.push(current);
  }
  const keys = new Map(kept.map(({ key }) => [key.id, key]));
  return {
    current: current.key,
    keptIn: placeOf(current.entry, file.path, stores),
    problem: problemOf(file, unavailable, stores),
    find: (id) => keys.get(id),
  };
}

/**
 * The newest key, preferably one in a keystore: a keystore that was locked yesterday is used again today.
 */
function preferred(kept: readonly Kept[], wantsKeystore: boolean): Kept | undefined {
  const inKeystore = wantsKeystore ? kept.findLast(({ entry }) => entry.kept_in !== 'file') : undefined;
  return inKeystore ?? kept.findLast(({ entry }) => entry.kept_in === 'file');
}

async function loadAll(
  entries: readonly KeyEntry[],
  stores: readonly SecretStore[],
): Promise<{ readonly kept: Kept[]; readonly unavailable: readonly UnavailableKey[] }> {
  const kept: Kept[] = [];
  const unavailable: UnavailableKey[] = [];
  for (const entry of entries) {
    // A store that did not respond is not called again.
    const isSilent = unavailable.some(
      ({ entry: { kept_in }, why }) => kept_in === entry.kept_in && why === 'unreachable',
    );
    const loaded = isSilent ? ({ kind: 'unreachable' } as const) : await load(entry, stores);
    if (loaded.kind === 'found') kept.push({ entry, key: loaded.key });
    else unavailable.push({ entry, why: loaded.kind });
  }
  return { kept, unavailable };
}

async function load(entry: KeyEntry, stores: readonly SecretStore[]): ReturnType<SecretStore['load']> {
  if (entry.kept_in === 'file') {
    const key = keyFrom(entry.id, entry.secret);
    return key === null ? { kind: 'missing' } : { kind: 'found', key };
  }
  const store = stores.find(({ kind }) => kind === entry.kept_in);
  if (store === undefined || !(await store.isAvailable())) return { kind: 'unreachable' };
  return store.load(entry.id, entry.kept_in === 'dpapi' ? entry.blob : '');
}

/** Undefined if no keystore returns what it stored. */
async function newInKeystore(stores: readonly SecretStore[], createdAt: string): Promise<Kept | undefined> {
  for (const store of stores) {
    if (!(await store.isAvailable())) continue;
    const key = newKey();
    const blob = await store.save(key);
    if (blob === null || (await store.load(key.id, blob)).kind !== 'found') continue;
    const common = { id: key.id, created_at: createdAt };
    const { kind } = store;
    return {
      key,
      entry: kind === 'dpapi' ? { ...common, kept_in: kind, blob } : { ...common, kept_in: kind },
    };
  }
  return undefined;
}

function newInFile(createdAt: string): Kept {
  const key = newKey();
  return { key, entry: { id: key.id, kept_in: 'file', secret: textOf(key), created_at: createdAt } };
}

const placeOf = ({ kept_in }: KeyEntry, path: string, stores: readonly SecretStore[]): string =>
  stores.find(({ kind }) => kind === kept_in)?.name ?? `the file ${path}`;

const LOCK_TIMEOUT_MS = 30_000;
const RETRY_MS = 50;

/**
 * Another process that starts at the same time holds the lock for some seconds: it may be waiting for a
 * keystore.
 */
async function lockWithRetries(dir: string, runtime: Runtime): Promise<Lock> {
  const lastMs = runtime.monotonic() + LOCK_TIMEOUT_MS;
  // The runtime's timers do not keep the process running during the wait.
  const release = keepAlive();
  try {
    for (;;) {
      try {
        return await lockFolder(dir);
      } catch (error) {
        const isBusy = error instanceof SpoolError && error.code === 'locked';
        if (!isBusy || runtime.monotonic() >= lastMs) throw error;
      }
      await sleep(runtime, RETRY_MS);
    }
  } finally {
    release();
  }
}

interface UnavailableKey {
  readonly entry: KeyEntry;
  readonly why: Exclude<Loaded['kind'], 'found'>;
}

/** One sentence with the remedy; null if all keys are loaded. */
function problemOf(
  file: KeyFile,
  unavailable: readonly UnavailableKey[],
  stores: readonly SecretStore[],
): string | null {
  const parts: string[] = [];
  if (file.aside !== null) {
    parts.push(
      `${file.path} was unreadable and is now ${file.aside}: if events were pending, restore it from a backup and start again`,
    );
  }
  for (const place of new Set(unavailable.map(({ entry }) => entry.kept_in))) {
    const store = stores.find(({ kind }) => kind === place);
    const name =
      place === 'file'
        ? `the file ${file.path}`
        : (store?.name ?? `the keystore of another system (${place})`);
    const here = unavailable.filter(({ entry }) => entry.kept_in === place);
    const lost = here.filter(({ why }) => why === 'missing');
    const withheld = here.filter(({ why }) => why !== 'missing');
    if (lost.length > 0) {
      parts.push(
        `${name} no longer has ${keysOf(lost)}: restore it from a backup and start again; until then ${waiting(lost)}`,
      );
    }
    if (withheld.length > 0) {
      const remedy = store?.remedy ?? 'start again on the system that created it';
      parts.push(`${name} does not release ${keysOf(withheld)}: ${remedy}; until then ${waiting(withheld)}`);
    }
  }
  return parts.length === 0 ? null : parts.join('; ');
}

const keysOf = (some: readonly UnavailableKey[]): string =>
  `the queue's ${some.length === 1 ? 'key' : 'keys'} ${some.map(({ entry }) => entry.id).join(', ')}`;

const waiting = (some: readonly UnavailableKey[]): string =>
  `events encrypted with ${some.length === 1 ? 'it' : 'them'} stay in the queue`;

const FILE = 'keys.json';

const common = { id: z.string().regex(/^[0-9a-f]{8}$/), created_at: z.iso.datetime() };
const base64 = z.base64().min(1);

const keyEntry = z.discriminatedUnion('kept_in', [
  z.strictObject({ ...common, kept_in: z.literal('file'), secret: base64 }),
  z.strictObject({ ...common, kept_in: z.literal('secret-service') }),
  z.strictObject({ ...common, kept_in: z.literal('keychain') }),
  z.strictObject({ ...common, kept_in: z.literal('dpapi'), blob: base64 }),
]);
const keyFile = z.array(z.unknown());

type KeyEntry = Readonly<z.infer<typeof keyEntry>>;

/** keys.json: the list of keys, the location of each, and the secrets of those without a keystore. */
interface KeyFile {
  readonly path: string;
  /** Oldest first. */
  readonly entries: readonly KeyEntry[];
  /** New path of an unreadable file; null if the file was readable. */
  readonly aside: string | null;
}

const keyFilePath = (dir: string): string => join(dir, FILE);

/** Renames an unreadable file, never deletes it; readable entries are kept. */
async function readKeyFile(dir: string, runtime: Runtime): Promise<KeyFile> {
  const path = keyFilePath(dir);
  const text = await readIfExists(path);
  if (text === null) return { path, entries: [], aside: null };
  const found = entriesIn(text);
  const entries = found.filter((entry) => entry !== null);
  if (found.length > 0 && entries.length === found.length) return { path, entries, aside: null };
  const aside = await setAside(path, runtime.now());
  if (entries.length > 0) await writeKeyFile(path, entries);
  return { path, entries, aside };
}

/**
 * Readable by this user only, and durable once it resolves: no event may be encrypted with a key that can
 * be lost.
 */
const writeKeyFile = (path: string, entries: readonly KeyEntry[]): Promise<void> =>
  writeFileAtomically(path, `${JSON.stringify(entries, null, 2)}\n`);

function entriesIn(text: string): readonly (KeyEntry | null)[] {
  try {
    return keyFile.parse(JSON.parse(text)).map((entry) => keyEntry.safeParse(entry).data ?? null);
  } catch {
    return [];
  }
}
