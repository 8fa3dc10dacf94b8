/** An object store in a folder. Keys are relative paths. */
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { hasCode } from '@kinetrack/schema';
import { type ObjectInfo, ObjectNotFound, type ObjectStore } from '../../pipeline/lake/ports.ts';

/** Suffix of unfinished files: never listed, never in a key. */
const TEMPORARY_SUFFIX = '.writing';
/** Name of an unfinished file: `a.json.gz.4711-1.writing`, with the process ID and the number of the write. */
export const TEMPORARY_NAME = /\.(\d+)-\d+\.writing$/;
/** File systems allow 255 bytes. The rest is reserved for the temporary suffix. */
const MAX_NAME_BYTES = 220;
/** Limit of S3, so that every object can be copied there. */
const MAX_KEY_BYTES = 1024;

export class InvalidObjectKey extends Error {
  readonly code = 'invalid_key';
  constructor(key: string, rule: string, options?: ErrorOptions) {
    super(`the object key ${JSON.stringify(key)} ${rule}`, options);
    this.name = 'InvalidObjectKey';
  }
}

export class FileObjectStore implements ObjectStore {
  readonly #root: string;
  /** Folders that exist durably. */
  readonly #durableFolders = new Set<string>();
  #writes = 0;

  /** The first write creates the folder. */
  constructor(folder: string) {
    this.#root = resolve(folder);
  }

  async put(key: string, body: Uint8Array): Promise<void> {
    const path = this.#pathOf(key);
    try {
      await this.#replace(path, body);
    } catch (error) {
      if (isMissing(error)) {
        // The folder was deleted meanwhile.
        this.#durableFolders.clear();
        await this.#replace(path, body);
      } else if (hasCode(error, 'ENOTDIR', 'EEXIST', 'EISDIR')) {
        throw new InvalidObjectKey(key, 'is a folder, or is below an object; use another key', {
          cause: error,
        });
      } else throw error;
    }
  }

  async #replace(path: string, body: Uint8Array): Promise<void> {
    const folder = dirname(path);
    await this.#createFolder(folder);
    this.#writes += 1;
    const temporary = `${path}.${process.pid}-${this.#writes}${TEMPORARY_SUFFIX}`;
    try {
      await writeDurably(temporary, body);
      await rename(temporary, path);
    } catch (error) {
      await rm(temporary, { force: true }).catch(() => {});
      throw error;
    }
    await syncFolder(folder);
  }

  async *read(key: string): AsyncIterable<Uint8Array> {
    try {
      yield* createReadStream(this.#pathOf(key));
    } catch (error) {
      throw hasCode(error, 'ENOENT', 'ENOTDIR', 'EISDIR') ? new ObjectNotFound(key) : error;
    }
  }

  async *list(prefix: string): AsyncIterable<ObjectInfo> {
    const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1);
    if (folder !== '') checkKey(folder.slice(0, -1));
    yield* this.#walk(folder, prefix);
  }

  async delete(key: string): Promise<void> {
    const path = this.#pathOf(key);
    try {
      await rm(path);
    } catch (error) {
      if (hasCode(error, 'ENOENT', 'ENOTDIR', 'ERR_FS_EISDIR')) return;
      throw error;
    }
    await syncFolder(dirname(path));
  }

  #pathOf(key: string): string {
    checkKey(key);
    return join(this.#root, ...key.split('/'));
  }

  /** Keys in `folder` (with its slash) that begin with `prefix`, ascending. */
  async *#walk(folder: string, prefix: string): AsyncIterable<ObjectInfo> {
    const entries = await readdir(join(this.#root, folder), { withFileTypes: true }).catch(ifMissing([]));
    // Folders sort by their name with the slash: `a-b` before `a/b`, as in S3.
    const names = entries.map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name)).sort(byBytes);
    for (const name of names) {
      const key = folder + name;
      if (name.endsWith('/')) {
        if (key.startsWith(prefix) || prefix.startsWith(key)) yield* this.#walk(key, prefix);
      } else if (key.startsWith(prefix) && !name.endsWith(TEMPORARY_SUFFIX)) {
        const info = await stat(join(this.#root, key)).catch(ifMissing(undefined));
        if (info !== undefined) yield { key, bytes: info.size, modifiedMs: info.mtimeMs };
      }
    }
  }

  /** Creates the folder and its missing parents, and makes their entries durable. */
  async #createFolder(folder: string): Promise<void> {
    if (this.#durableFolders.has(folder)) return;
    const first = await mkdir(folder, { recursive: true });
    if (first !== undefined) {
      const above = dirname(first);
      for (let made = dirname(folder); made.length >= above.length; made = dirname(made)) {
        await syncFolder(made);
        if (made === dirname(made)) break;
      }
    }
    this.#durableFolders.add(folder);
  }
}

function checkKey(key: string): void {
  const reject = (rule: string): never => {
    throw new InvalidObjectKey(key, rule);
  };
  if (key.startsWith('/')) reject('is absolute; remove the leading /');
  if (Buffer.byteLength(key) > MAX_KEY_BYTES) reject(`is longer than ${MAX_KEY_BYTES} bytes; shorten it`);
  for (const part of key.split('/')) {
    if (part === '')
      reject('has an empty part; separate names by single slashes, as in raw/dt=2026-11-20/a.json');
    if (part === '.' || part === '..') reject(`contains ${part}; use names only`);
    if (/[\\\0]/.test(part)) reject('contains a backslash or a null byte; separate names by /');
    if (Buffer.byteLength(part) > MAX_NAME_BYTES)
      reject(`has a part longer than ${MAX_NAME_BYTES} bytes; shorten it`);
    if (part.endsWith(TEMPORARY_SUFFIX))
      reject(`ends with ${TEMPORARY_SUFFIX}, the suffix of temporary files; rename it`);
  }
}

async function writeDurably(path: string, body: Uint8Array): Promise<void> {
  const file = await open(path, 'w');
  try {
    await file.writeFile(body);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Protects renames and new entries from a power failure. Not possible and not necessary on Windows. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

const byBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));

const isMissing = (error: unknown) => hasCode(error, 'ENOENT');

const ifMissing =
  <T>(fallback: T) =>
  (error: unknown): T => {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return fallback;
    throw error;
  };
