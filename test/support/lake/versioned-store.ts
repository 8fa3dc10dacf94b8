/** A versioned bucket in memory, with the moment of every write: what S3 keeps of an object that was replaced. */
import type { ObjectInfo, VersionedStore } from '../../../pipeline/lake/ports.ts';
import { MemoryObjectStore } from './memory-object-store.ts';

export class VersionedMemoryStore extends MemoryObjectStore implements VersionedStore {
  /** Earlier versions by key; null is a delete marker. */
  readonly versions = new Map<string, (Uint8Array | null)[]>();
  readonly writtenMs = new Map<string, number>();
  readonly reads: string[] = [];
  readonly lists: string[] = [];
  readonly puts: string[] = [];
  /** Called before every write; may throw, as a process that is killed there would end. */
  beforeWrite: (key: string) => void = () => {};

  constructor(private readonly now: () => number) {
    super(64 * 1024);
  }

  override put(key: string, body: Uint8Array): Promise<void> {
    this.beforeWrite(key);
    this.#keep(key);
    this.puts.push(key);
    this.writtenMs.set(key, this.now());
    return super.put(key, body);
  }

  override read(key: string): AsyncIterable<Uint8Array> {
    this.reads.push(key);
    return super.read(key);
  }

  override async *list(prefix: string): AsyncIterable<ObjectInfo> {
    this.lists.push(prefix);
    for await (const info of super.list(prefix)) {
      yield { ...info, modifiedMs: this.writtenMs.get(info.key) ?? 0 };
    }
  }

  override delete(key: string): Promise<void> {
    this.beforeWrite(key);
    this.#keep(key);
    if (this.objects.has(key)) this.versions.get(key)?.push(null);
    return super.delete(key);
  }

  deleteHistory(prefix: string): Promise<number> {
    let deleted = 0;
    for (const [key, versions] of this.versions) {
      if (!key.startsWith(prefix)) continue;
      deleted += versions.length;
      this.versions.delete(key);
    }
    return Promise.resolve(deleted);
  }

  #keep(key: string): void {
    const before = this.objects.get(key);
    if (before !== undefined) this.versions.set(key, [...(this.versions.get(key) ?? []), before]);
  }
}
