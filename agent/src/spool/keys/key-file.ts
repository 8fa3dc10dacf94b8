/** keys.json: which keys there are, where each is kept, and the secrets of those that no keystore keeps. */
import { readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { writeFileAtomically } from '../../data-dir.ts';
import type { Runtime } from '../../runtime.ts';
import { errorCode } from '../disk.ts';

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

export type KeyEntry = Readonly<z.infer<typeof keyEntry>>;

export interface KeyFile {
  readonly path: string;
  /** Oldest first. */
  readonly entries: readonly KeyEntry[];
  /** Where the file went that could not be read as a whole; null where it could. */
  readonly aside: string | null;
}

export const keyFilePath = (dir: string): string => join(dir, FILE);

/** What cannot be read is put aside, never deleted; the entries that can be read are kept. */
export async function readKeyFile(dir: string, runtime: Runtime): Promise<KeyFile> {
  const path = keyFilePath(dir);
  const text = await readFile(path, 'utf8').catch(nullWhereMissing);
  if (text === null) return { path, entries: [], aside: null };
  const found = entriesIn(text);
  const entries = found.filter((entry) => entry !== null);
  if (found.length > 0 && entries.length === found.length) return { path, entries, aside: null };
  const aside = `${path}.unreadable-${runtime.now()}`;
  await rename(path, aside);
  if (entries.length > 0) await writeKeyFile(path, entries);
  return { path, entries, aside };
}

/** For this user alone, and on the disk when it resolves: no event may be encrypted with a key that can be lost. */
export const writeKeyFile = (path: string, entries: readonly KeyEntry[]): Promise<void> =>
  writeFileAtomically(path, `${JSON.stringify(entries, null, 2)}\n`);

function entriesIn(text: string): readonly (KeyEntry | null)[] {
  try {
    return keyFile.parse(JSON.parse(text)).map((entry) => keyEntry.safeParse(entry).data ?? null);
  } catch {
    return [];
  }
}

function nullWhereMissing(error: unknown): null {
  if (errorCode(error) === 'ENOENT') return null;
  throw error;
}
