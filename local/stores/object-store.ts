/** An object store in a folder: the key is the path below it. */
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { hasCode } from '@kinetrack/schema';
import { type ObjectInfo, ObjectNotFound, type ObjectStore } from '../../pipeline/lake/ports.ts';

/** Of files that are being written: never listed, never a key. */
const TEMPORARY_SUFFIX = '.writing';
/** File systems take 255 bytes a name; the rest is for the name while it is being written. */
const MAX_NAME_BYTES = 220;
/** Of S3, so that every key can move there. */
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
  /** Folders whose own entry is durable. */
  readonly #madeFolders = new Set<string>();
  #writes = 0;

  /** The folder is made with the first object. */
  constructor(folder: string) {
    this.#root = resolve(folder);
  }

  async put(key: string, body: Uint8Array): Promise<void> {
    const path = this.#pathOf(key);
    try {
      await this.#replace(path, body);
    } catch (error) {
      if (isMissing(error)) {
        // Somebody has removed the folder since it was made.
        this.#madeFolders.clear();
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
    await this.#makeFolder(folder);
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

  /** Keys below `folder` (with its slash) that begin with `prefix`, ascending. */
  async *#walk(folder: string, prefix: string): AsyncIterable<ObjectInfo> {
    const entries = await readdir(join(this.#root, folder), { withFileTypes: true }).catch(orWhenMissing([]));
    // A folder sorts by its name with the slash: `a-b` stands before `a/b`, as in S3.
    const names = entries.map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name)).sort(byBytes);
    for (const name of names) {
      const key = folder + name;
      if (name.endsWith('/')) {
        if (key.startsWith(prefix) || prefix.startsWith(key)) yield* this.#walk(key, prefix);
      } else if (key.startsWith(prefix) && !name.endsWith(TEMPORARY_SUFFIX)) {
        const info = await stat(join(this.#root, key)).catch(orWhenMissing(undefined));
        if (info !== undefined) yield { key, bytes: info.size, modifiedMs: info.mtimeMs };
      }
    }
  }

  /** Makes the folder and what is missing above it, and makes their entries durable from the top down. */
  async #makeFolder(folder: string): Promise<void> {
    if (this.#madeFolders.has(folder)) return;
    const first = await mkdir(folder, { recursive: true });
    if (first !== undefined) {
      const above = dirname(first);
      for (let made = dirname(folder); made.length >= above.length; made = dirname(made)) {
        await syncFolder(made);
        if (made === dirname(made)) break;
      }
    }
    this.#madeFolders.add(folder);
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

/** Makes renames and new entries of the folder survive a power cut. Windows cannot and need not open folders. */
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

const orWhenMissing =
  <T>(fallback: T) =>
  (error: unknown): T => {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return fallback;
    throw error;
  };
