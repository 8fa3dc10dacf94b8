/**
 * One segment file: frames in ascending seq, named `<index>-<base>-<key id>.kts`.
 *
 * `base` is the last seq of the spool at the creation of the segment; its records are base + 1,
 * base + 2 and so on. It records two facts that must outlive all frames: seqs up to it are used,
 * and a frame above it in an earlier segment was never accepted (a failed write left it, and its
 * seq was accepted later, in this segment).
 *
 * The file has no header, because damage to a header would cost the whole file.
 */
import { join } from 'node:path';
import type { Disk } from './disk.ts';
import {
  FRAME_HEADER_BYTES,
  frameAt,
  payloadOf,
  SEALED_FRAME_BYTES,
  SegmentCipher,
  scanFrames,
  wholeFramesIn,
} from './frame.ts';
import type { IdRange } from './id-ranges.ts';
import type { SpoolKey } from './keys/spool-key.ts';
import type { SpoolRecord } from './spool.ts';

/** Damaged bytes, and the intact ids around them. */
export interface DamagedPart {
  readonly bytes: number;
  readonly afterId: number;
  /** Undefined at the end of the file. */
  readonly beforeId: number | undefined;
  /** See wholeFramesIn(); 0 unless at the end of the file. */
  readonly wholeFrames: number;
}

export interface SegmentContent {
  /** The last intact id; the base if there is none. */
  readonly lastId: number;
  readonly damage: readonly DamagedPart[];
}

const NAME = /^(\d{8})-(\d{16})-([0-9a-f]{8})\.kts$/;

export class Segment {
  readonly path: string;
  /** Bytes of the file. */
  bytes = 0;
  readonly #frames = new FrameIndex();

  constructor(
    readonly dir: string,
    readonly index: number,
    readonly base: number,
    readonly keyId: string,
  ) {
    const name = `${String(index).padStart(8, '0')}-${String(base).padStart(16, '0')}-${keyId}.kts`;
    this.path = join(dir, name);
  }

  /** The segment of a file name; undefined for other files. */
  static fromName(dir: string, name: string): Segment | undefined {
    const [, index = '', base = '', keyId = ''] = NAME.exec(name) ?? [];
    return keyId === '' ? undefined : new Segment(dir, Number(index), Number(base), keyId);
  }

  get pendingRecords(): number {
    return this.#frames.count;
  }

  /** Bytes of the pending lines. */
  get pendingBytes(): number {
    return this.#frames.bytes - this.#frames.count * SEALED_FRAME_BYTES;
  }

  /** The id of the next record in this segment. */
  get nextId(): number {
    return this.base + 1 + this.#frames.slots;
  }

  add(id: number, at: number, bytes: number): void {
    this.#frames.add(id - this.base - 1, at, bytes);
  }

  /** False if the record was not pending here. */
  settle(id: number): boolean {
    return this.#frames.remove(id - this.base - 1);
  }

  settleAll(): void {
    for (let id = this.pendingAfter(0); id !== undefined; id = this.pendingAfter(id)) this.settle(id);
  }

  /** The first pending id above this one. */
  pendingAfter(id: number): number | undefined {
    const slot = this.#frames.next(Math.max(0, id - this.base));
    return slot === undefined ? undefined : this.base + 1 + slot;
  }

  /** Bytes of the line of a pending record. */
  lineBytes(id: number): number {
    return this.#frames.bytesOf(id - this.base - 1) - SEALED_FRAME_BYTES;
  }

  pendingRanges(): readonly IdRange[] {
    const ranges: IdRange[] = [];
    for (let id = this.pendingAfter(this.base); id !== undefined; ) {
      const from = id;
      let to = id;
      for (id = this.pendingAfter(to); id === to + 1; id = this.pendingAfter(to)) to = id;
      ranges.push([from, to]);
    }
    return ranges;
  }

  /** No more records will be added. */
  seal(): void {
    this.#frames.trim();
  }

  /**
   * Indexes the content of the file after a restart; `bytes` is the whole file. Ignores frames
   * above `maxId`, the base of the next segment, and ids too high for the size of the file.
   */
  scan(bytes: Buffer, maxId: number, isSettled: (id: number) => boolean): SegmentContent {
    const highest = Math.min(maxId, this.base + Math.ceil(bytes.length / FRAME_HEADER_BYTES));
    const damage: DamagedPart[] = [];
    let lastId = this.base;
    let open: Omit<DamagedPart, 'beforeId'> | undefined;
    for (const part of scanFrames(bytes)) {
      if (part.kind === 'damage') {
        const atEnd = part.end === bytes.length ? bytes.subarray(part.at) : Buffer.alloc(0);
        const wholeFrames = wholeFramesIn(atEnd, lastId + 1);
        open = { bytes: part.end - part.at, afterId: lastId, wholeFrames };
      } else if (part.seq > lastId && part.seq <= highest) {
        if (open !== undefined) damage.push({ ...open, beforeId: part.seq });
        open = undefined;
        lastId = part.seq;
        if (!isSettled(part.seq)) this.add(part.seq, part.at, part.end - part.at);
      }
    }
    if (open !== undefined) damage.push({ ...open, beforeId: undefined });
    this.bytes = bytes.length;
    this.seal();
    return { lastId, damage };
  }

  /**
   * The pending records with these ids, ascending. A record with a damaged frame is missing from the
   * result.
   */
  async read(disk: Disk, key: SpoolKey, ids: readonly number[]): Promise<readonly SpoolRecord[]> {
    const places = ids.map((id) => {
      const at = this.#frames.at(id - this.base - 1);
      return { id, at, end: at + this.#frames.bytesOf(id - this.base - 1) };
    });
    const from = places[0]?.at ?? 0;
    const buffer = Buffer.allocUnsafe((places.at(-1)?.end ?? 0) - from);
    const bytes = buffer.subarray(0, await disk.readInto(this.path, buffer, from));
    const cipher = new SegmentCipher(key, this.index);
    return places.flatMap(({ id, at }): readonly SpoolRecord[] => {
      const frame = frameAt(bytes, at - from);
      const line = frame?.seq === id ? cipher.open(id, payloadOf(bytes, frame)) : undefined;
      return line === undefined ? [] : [{ id, line }];
    });
  }
}

/**
 * Offsets of the pending frames of one segment: 8 bytes and a bit per frame, because a full spool has
 * 700,000.
 *
 * A slot is the position of a record in the contiguous ids, so the id itself is not stored.
 */
export class FrameIndex {
  #at = new Uint32Array(64);
  #bytes = new Uint32Array(64);
  /** One bit per slot: set while pending. */
  #bits = new Uint8Array(8);
  #slots = 0;
  #count = 0;
  #total = 0;

  /** Number of slots, added or skipped. */
  get slots(): number {
    return this.#slots;
  }

  /** Number of pending frames. */
  get count(): number {
    return this.#count;
  }

  /** Bytes of the pending frames. */
  get bytes(): number {
    return this.#total;
  }

  /** Slots are added in ascending order; a skipped slot is not pending. */
  add(slot: number, at: number, bytes: number): void {
    if (slot >= this.#at.length) this.#resize(Math.max(slot + 1, this.#at.length * 2));
    this.#at[slot] = at;
    this.#bytes[slot] = bytes;
    this.#bits[slot >> 3] = (this.#bits[slot >> 3] ?? 0) | (1 << (slot & 7));
    this.#slots = slot + 1;
    this.#count++;
    this.#total += bytes;
  }

  has(slot: number): boolean {
    return Number.isInteger(slot) && slot >= 0 && slot < this.#slots && this.#isSet(slot);
  }

  /** False if the slot was not pending. */
  remove(slot: number): boolean {
    if (!this.has(slot)) return false;
    this.#bits[slot >> 3] = (this.#bits[slot >> 3] ?? 0) & ~(1 << (slot & 7));
    this.#count--;
    this.#total -= this.bytesOf(slot);
    return true;
  }

  /** The first pending slot from here on, or undefined. */
  next(slot: number): number | undefined {
    while (slot < this.#slots) {
      // Skips eight settled slots at once.
      if ((slot & 7) === 0 && this.#bits[slot >> 3] === 0) slot += 8;
      else if (this.#isSet(slot)) return slot;
      else slot++;
    }
    return undefined;
  }

  /** Offset of the frame of a pending slot. */
  at(slot: number): number {
    return this.#at[slot] ?? 0;
  }

  bytesOf(slot: number): number {
    return this.#bytes[slot] ?? 0;
  }

  /** Releases memory allocated in advance. */
  trim(): void {
    this.#resize(this.#slots);
  }

  #isSet(slot: number): boolean {
    return ((this.#bits[slot >> 3] ?? 0) & (1 << (slot & 7))) !== 0;
  }

  #resize(slots: number): void {
    this.#at = resized(this.#at, new Uint32Array(slots));
    this.#bytes = resized(this.#bytes, new Uint32Array(slots));
    this.#bits = resized(this.#bits, new Uint8Array((slots + 7) >> 3));
  }
}

function resized<T extends Uint32Array | Uint8Array>(from: T, to: T): T {
  to.set(from.subarray(0, to.length));
  return to;
}
