/**
 * Copies a lake into another lake, object by object, verified by checksums.
 *
 * Invariants:
 * 1. Nothing at the destination is overwritten. A different object under the same key stays and is
 *    reported.
 * 2. An object counts as copied once the destination has confirmed its checksum. An interrupted push is
 *    repeated: it compares checksums and sends the rest. There is no journal.
 * 3. Tombstones are copied first, so that deleted people are not restored; then rollups, then raw
 *    events, whose arrival triggers rollups of their hours.
 */
import { createHash } from 'node:crypto';
import { LAKE_PREFIXES } from '@kinetrack/schema';
import { eachAtOnce } from '../../pipeline/lake/each-at-once.ts';
import { readObject } from '../../pipeline/lake/lines.ts';
import type { ObjectStore } from '../../pipeline/lake/ports.ts';

/** The destination of a push. */
export interface PushTarget {
  /** Size and SHA-256 (hex) of an object; undefined if it does not exist. */
  find(key: string): Promise<{ readonly bytes: number; readonly sha256: string } | undefined>;
  /**
   * Stores the object if the key is free. The destination has verified the SHA-256 when this resolves.
   */
  putNew(key: string, body: Uint8Array, sha256: string): Promise<'stored' | 'taken'>;
  /** Keys and sizes below a prefix. */
  list(prefix: string): AsyncIterable<{ readonly key: string; readonly bytes: number }>;
}

export interface PushOptions {
  readonly source: ObjectStore;
  readonly target: PushTarget;
  /** Compares without sending. @defaultValue false */
  readonly dryRun?: boolean;
  /** Objects sent concurrently; each is in memory. @defaultValue 4 */
  readonly concurrency?: number;
  /** Called after each object. */
  readonly onProgress?: (report: PushReport) => void;
}

export interface PushReport {
  /** Objects and bytes of the source. */
  readonly objects: number;
  readonly bytes: number;
  readonly copied: number;
  readonly copiedBytes: number;
  /** Identical objects at the destination. */
  readonly same: number;
  /** Rollup files that exist and differ. The pipeline recomputes them from the raw events. */
  readonly differentRollups: readonly string[];
  /** Keys with a different object at the destination, which is not changed. */
  readonly conflicts: readonly string[];
}

const ORDER = [
  LAKE_PREFIXES.deletions,
  LAKE_PREFIXES.rollup,
  LAKE_PREFIXES.raw,
  LAKE_PREFIXES.errors,
  LAKE_PREFIXES.screenshots,
];

/**
 * Rejects at the first object that cannot be read or sent. Sent objects stay; the next push continues.
 */
export async function pushLake(options: PushOptions): Promise<PushReport> {
  const counter = new PushCounter();
  for (const prefix of ORDER) {
    const existing = new Map<string, number>();
    for await (const { key, bytes } of options.target.list(prefix)) existing.set(key, bytes);
    await eachAtOnce(options.source.list(prefix), options.concurrency ?? 4, async ({ key }) => {
      await pushObject(key, existing.has(key), options, counter);
      options.onProgress?.(counter.report());
    });
  }
  return counter.report();
}

async function pushObject(
  key: string,
  exists: boolean,
  options: PushOptions,
  counter: PushCounter,
): Promise<void> {
  const { source, target, dryRun = false } = options;
  const body = await readObject(source, key);
  // Deleted after the listing, for example by a rollup.
  if (body === undefined) return;
  const sha256 = createHash('sha256').update(body).digest('hex');
  counter.seen(body.length);
  if (!exists) {
    const outcome = dryRun ? 'stored' : await target.putNew(key, body, sha256);
    if (outcome === 'stored') return counter.copied(body.length);
  }
  const found = await target.find(key);
  if (found?.sha256 === sha256 && found.bytes === body.length) counter.same();
  else counter.differs(key);
}

class PushCounter {
  #objects = 0;
  #bytes = 0;
  #copied = 0;
  #copiedBytes = 0;
  #same = 0;
  readonly #differentRollups: string[] = [];
  readonly #conflicts: string[] = [];

  seen(bytes: number): void {
    this.#objects += 1;
    this.#bytes += bytes;
  }

  copied(bytes: number): void {
    this.#copied += 1;
    this.#copiedBytes += bytes;
  }

  same(): void {
    this.#same += 1;
  }

  differs(key: string): void {
    (key.startsWith(LAKE_PREFIXES.rollup) ? this.#differentRollups : this.#conflicts).push(key);
  }

  report(): PushReport {
    return {
      objects: this.#objects,
      bytes: this.#bytes,
      copied: this.#copied,
      copiedBytes: this.#copiedBytes,
      same: this.#same,
      differentRollups: [...this.#differentRollups].sort(),
      conflicts: [...this.#conflicts].sort(),
    };
  }
}
