/** Objects below a prefix, a few at a time, from a key on and as long as there is time. */
import type { ObjectInfo, ObjectStore } from '../lake/ports.ts';

export interface WalkOptions {
  /** Objects up to this key are left out. */
  readonly after: string;
  readonly parallel: number;
  /** Whether to go on. */
  readonly hasTime: () => boolean;
  readonly wants: (object: ObjectInfo) => boolean;
  readonly work: (object: ObjectInfo) => Promise<void>;
  /** After each batch: its last key is done, and so is everything before it. */
  readonly onBatch: (lastKey: string) => Promise<void>;
}

/** Whether it has come to the end. A batch is finished before the next one begins, so that one key says where it is. */
export async function walkObjects(
  store: ObjectStore,
  prefix: string,
  options: WalkOptions,
): Promise<boolean> {
  const { after, parallel, hasTime, wants, work, onBatch } = options;
  let batch: ObjectInfo[] = [];
  const finish = async (): Promise<void> => {
    const last = batch.at(-1);
    if (last === undefined) return;
    await Promise.all(batch.map(work));
    batch = [];
    await onBatch(last.key);
  };
  const from = Buffer.from(after);
  for await (const object of store.list(prefix)) {
    // Listings come in the order of the keys' bytes, which is not that of JavaScript's texts.
    if (after !== '' && Buffer.compare(Buffer.from(object.key), from) <= 0) continue;
    if (!wants(object)) continue;
    batch.push(object);
    if (batch.length < parallel) continue;
    if (!hasTime()) return false;
    await finish();
  }
  if (batch.length > 0 && !hasTime()) return false;
  await finish();
  return true;
}
