/**
 * A slice: part of the people of an hour, by a hash of the user ID. The hour of a large fleet does not
 * fit in one invocation. Each slice has its own part file and is computed independently.
 *
 * The hash is part of the layout of the lake, like a file name: FNV-1a (32 bit) of the UTF-8 bytes,
 * then the finalizer of MurmurHash3, because the low bits of FNV-1a are unevenly distributed. A change
 * of the hash changes the layout.
 */
export interface Slice {
  /** From 0. */
  readonly index: number;
  /**
   * Number of slices of the hour: a power of two, so that a slice of a coarser layout is a union of
   * slices of a finer one.
   */
  readonly of: number;
}

/** All people. */
export const WHOLE: Slice = { index: 0, of: 1 };
/** A million people with 12,500 per slice need 80. */
export const MAX_SLICES = 256;

export class InvalidSlice extends Error {
  readonly code = 'invalid_slice';
  constructor({ index, of }: Slice) {
    super(
      `slice ${index} of ${of} is invalid: the number of slices must be a power of two from 1 to ${MAX_SLICES}, ` +
        'and the index must be below it',
    );
    this.name = 'InvalidSlice';
  }
}

export function checkSlice(slice: Slice): Slice {
  const { index, of } = slice;
  const isCount = Number.isInteger(of) && of >= 1 && of <= MAX_SLICES && (of & (of - 1)) === 0;
  if (!isCount || !Number.isInteger(index) || index < 0 || index >= of) throw new InvalidSlice(slice);
  return slice;
}

/** The slice index of a person. */
export const sliceOf = (userId: string, of: number): number => {
  if (of === 1) return 0;
  const bytes = Buffer.from(userId);
  return sliceOfBytes(bytes, 0, bytes.length, of);
};

/** The slice index of an ID in UTF-8 bytes. */
export function sliceOfBytes(bytes: Uint8Array, from: number, to: number, of: number): number {
  let hash = 0x811c9dc5;
  for (let at = from; at < to; at += 1) hash = Math.imul(hash ^ (bytes[at] ?? 0), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) % of;
}

/**
 * Slices whose people can be in the part of this slice from a layout with fewer slices. Example with
 * four slices: part 1 was part 1 of two before, with the people of slice 3.
 */
export function slicesSplitFrom({ index, of }: Slice): readonly Slice[] {
  let fewest = 1;
  while (fewest <= index) fewest *= 2;
  const split: Slice[] = [];
  for (let other = index + fewest; other < of; other += fewest) split.push({ index: other, of });
  return split;
}
