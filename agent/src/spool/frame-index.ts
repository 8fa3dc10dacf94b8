/**
 * Where the pending frames of one segment stand: 8 bytes and a bit for each, because a full spool holds 700,000.
 *
 * A slot is a record's place in the row of ids: ids follow each other, so the id itself need not be kept.
 */
export class FrameIndex {
  #at = new Uint32Array(64);
  #bytes = new Uint32Array(64);
  /** A bit for each slot that is pending. */
  #bits = new Uint8Array(8);
  #slots = 0;
  #count = 0;
  #total = 0;

  /** All that were added or passed over. */
  get slots(): number {
    return this.#slots;
  }

  /** How many frames are pending. */
  get count(): number {
    return this.#count;
  }

  /** Bytes of the pending frames. */
  get bytes(): number {
    return this.#total;
  }

  /** Slots ascend; one that is passed over is not pending. */
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

  /** False where the slot was not pending. */
  remove(slot: number): boolean {
    if (!this.has(slot)) return false;
    this.#bits[slot >> 3] = (this.#bits[slot >> 3] ?? 0) & ~(1 << (slot & 7));
    this.#count--;
    this.#total -= this.bytesOf(slot);
    return true;
  }

  /** The first pending slot from this one on, or undefined. */
  next(slot: number): number | undefined {
    while (slot < this.#slots) {
      // Eight at a time where all of them are settled.
      if ((slot & 7) === 0 && this.#bits[slot >> 3] === 0) slot += 8;
      else if (this.#isSet(slot)) return slot;
      else slot++;
    }
    return undefined;
  }

  /** Where the frame of a pending slot begins. */
  at(slot: number): number {
    return this.#at[slot] ?? 0;
  }

  bytesOf(slot: number): number {
    return this.#bytes[slot] ?? 0;
  }

  /** Gives back what was allocated ahead. */
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
