/** A MemoryObjectStore whose objects can be read in pieces; what is read is counted. */
import {
  ObjectChanged,
  ObjectNotFound,
  type RangedObject,
  type RangedStore,
} from '../../../pipeline/lake/ports.ts';
import { MemoryObjectStore } from './memory-object-store.ts';

export class RangedMemoryStore extends MemoryObjectStore implements RangedStore {
  /** Keys in the order in which they were opened. */
  readonly opened: string[] = [];

  /** Over the objects of another one. */
  static over(store: MemoryObjectStore): RangedMemoryStore {
    const ranged = new RangedMemoryStore();
    for (const [key, body] of store.objects) ranged.objects.set(key, body);
    return ranged;
  }

  openRanged(key: string): Promise<RangedObject> {
    this.opened.push(key);
    const body = this.objects.get(key);
    if (body === undefined) return Promise.reject(new ObjectNotFound(key));
    return Promise.resolve({
      bytes: body.length,
      read: (from, to) =>
        this.objects.get(key) === body
          ? Promise.resolve(body.subarray(from, to))
          : Promise.reject(new ObjectChanged(key)),
    });
  }
}
