/**
 * Copies a lake into another one, object by object, and believes only checksums.
 *
 * Invariants:
 *  1. Nothing at the destination is ever overwritten: what is there under a key and is not the same stays, and is told.
 *  2. An object counts as copied once the destination has named its checksum. A push that was interrupted is repeated:
 *     it finds what is there by the same checksums and sends the rest. There is no journal that could be wrong.
 *  3. Tombstones go first, so that a person who was deleted here comes back nowhere; then rollups, then raw events:
 *     the arrival of raw events makes a pipeline recompute their hours from everything that lies there.
 */
import { createHash } from 'node:crypto';
import { LAKE_PREFIXES } from '@kinetrack/schema';
import { eachAtOnce } from '../../pipeline/lake/each-at-once.ts';
import { readObject } from '../../pipeline/lake/lines.ts';
import type { ObjectStore } from '../../pipeline/lake/ports.ts';

/** Where a lake is pushed to. */
export interface PushTarget {
  /** Size and SHA-256 (hex) of the object, or undefined where there is none. */
  find(key: string): Promise<{ readonly bytes: number; readonly sha256: string } | undefined>;
  /** Stores the object where its key is free; the destination itself has checked the SHA-256 when this resolves. */
  putNew(key: string, body: Uint8Array, sha256: string): Promise<'stored' | 'taken'>;
  /** Keys and sizes below a prefix. */
  list(prefix: string): AsyncIterable<{ readonly key: string; readonly bytes: number }>;
}

export interface PushOptions {
  readonly source: ObjectStore;
  readonly target: PushTarget;
  /** Looks, and sends nothing. @defaultValue false */
  readonly dryRun?: boolean;
  /** Objects on their way at once; each is in memory. @defaultValue 4 */
  readonly concurrency?: number;
  /** After every object. */
  readonly onProgress?: (report: PushReport) => void;
}

export interface PushReport {
  /** Objects and bytes of the source that were looked at. */
  readonly objects: number;
  readonly bytes: number;
  readonly copied: number;
  readonly copiedBytes: number;
  /** There already, byte by byte. */
  readonly same: number;
  /** Rows per minute or hour that are there already and differ: a pipeline recomputes them from the raw events. */
  readonly differentRollups: readonly string[];
  /** Another object lies under the key: left as it is. */
  readonly conflicts: readonly string[];
}

const ORDER = [
  LAKE_PREFIXES.deletions,
  LAKE_PREFIXES.rollup,
  LAKE_PREFIXES.raw,
  LAKE_PREFIXES.errors,
  LAKE_PREFIXES.screenshots,
];

/** Rejects at the first object that could not be read or sent; what was sent stays, and the next push goes on. */
export async function pushLake(options: PushOptions): Promise<PushReport> {
  const counter = new PushCounter();
  for (const prefix of ORDER) {
    const there = new Map<string, number>();
    for await (const { key, bytes } of options.target.list(prefix)) there.set(key, bytes);
    await eachAtOnce(options.source.list(prefix), options.concurrency ?? 4, async ({ key }) => {
      await pushObject(key, there.has(key), options, counter);
      options.onProgress?.(counter.report());
    });
  }
  return counter.report();
}

async function pushObject(
  key: string,
  isThere: boolean,
  options: PushOptions,
  counter: PushCounter,
): Promise<void> {
  const { source, target, dryRun = false } = options;
  const body = await readObject(source, key);
  // Replaced or removed since it was listed, as a rollup is by a running agent.
  if (body === undefined) return;
  const sha256 = createHash('sha256').update(body).digest('hex');
  counter.seen(body.length);
  if (!isThere) {
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
