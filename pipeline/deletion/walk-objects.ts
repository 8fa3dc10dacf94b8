/** Processes the objects of a prefix in batches, resumable by key. */
import type { ObjectInfo, ObjectStore } from '../lake/ports.ts';

export interface WalkOptions {
  /** Skips keys up to and including this one. */
  readonly after: string;
  /** Objects of a batch, processed concurrently. */
  readonly parallel: number;
  readonly hasTime: () => boolean;
  readonly wants: (object: ObjectInfo) => boolean;
  readonly work: (object: ObjectInfo) => Promise<void>;
  /** Number of changes so far. A batch that changes it is saved at once. @defaultValue changes are not counted */
  readonly changes?: () => number;
  /** Saves the position: this key and all keys before it are done. */
  readonly save: (lastKey: string) => Promise<void>;
}

/** Objects between two saves without a change: a killed run reads them again. */
const OBJECTS_PER_SAVE = 1000;

/**
 * Resolves to true at the end of the prefix, to false if time has run out; the position is saved then. A batch ends
 * before the next begins, so one key is the position.
 */
export async function walkObjects(
  store: ObjectStore,
  prefix: string,
  options: WalkOptions,
): Promise<boolean> {
  const { after, parallel, hasTime, wants, work, changes = () => 0, save } = options;
  const position = { key: after, changes: changes(), unsaved: 0 };
  let batch: ObjectInfo[] = [];
  const finishBatch = async (): Promise<void> => {
    const last = batch.at(-1);
    if (last === undefined) return;
    await Promise.all(batch.map(work));
    batch = [];
    position.key = last.key;
    position.unsaved += parallel;
    if (changes() === position.changes && position.unsaved < OBJECTS_PER_SAVE) return;
    position.changes = changes();
    position.unsaved = 0;
    await save(last.key);
  };
  const from = Buffer.from(after);
  for await (const object of store.list(prefix)) {
    // Listings are in the order of UTF-8 bytes. JavaScript compares strings by UTF-16 code units.
    if (after !== '' && Buffer.compare(Buffer.from(object.key), from) <= 0) continue;
    if (!wants(object)) continue;
    batch.push(object);
    if (batch.length < parallel) continue;
    if (!hasTime()) return stop();
    await finishBatch();
  }
  if (batch.length > 0 && !hasTime()) return stop();
  await finishBatch();
  return true;

  async function stop(): Promise<false> {
    await save(position.key);
    return false;
  }
}
