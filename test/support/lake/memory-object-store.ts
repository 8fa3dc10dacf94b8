/** An ObjectStore in memory; reads hand the bytes out in small pieces, as a network would. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type ObjectInfo, ObjectNotFound, type ObjectStore } from '../../../pipeline/lake/ports.ts';

export class MemoryObjectStore implements ObjectStore {
  readonly objects = new Map<string, Uint8Array>();
  readonly #pieceBytes: number;

  constructor(pieceBytes = 1000) {
    this.#pieceBytes = pieceBytes;
  }

  put(key: string, body: Uint8Array): Promise<void> {
    this.objects.set(key, body);
    return Promise.resolve();
  }

  async *read(key: string): AsyncIterable<Uint8Array> {
    const body = await Promise.resolve(this.objects.get(key));
    if (body === undefined) throw new ObjectNotFound(key);
    for (let at = 0; at < body.length; at += this.#pieceBytes) {
      yield body.subarray(at, at + this.#pieceBytes);
    }
  }

  async *list(prefix: string): AsyncIterable<ObjectInfo> {
    const keys = [...this.objects.keys()].sort((a, b) => (a < b ? -1 : 1));
    for (const key of await Promise.resolve(keys)) {
      if (key.startsWith(prefix)) yield { key, bytes: this.objects.get(key)?.length ?? 0 };
    }
  }

  delete(key: string): Promise<void> {
    this.objects.delete(key);
    return Promise.resolve();
  }

  /** The same tree in a folder. */
  async saveTo(folder: string): Promise<void> {
    for (const [key, body] of this.objects) {
      const path = join(folder, key);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, body);
    }
  }
}
