/**
 * A share of an hour's people. The hour of a large fleet does not fit one invocation, so people are dealt out by a
 * hash of their id: one slice has one part file, and slices know nothing of each other.
 *
 * The hash is part of the lake's layout, as a file name is: FNV-1a (32 bit) over the UTF-8 of the id, stirred by the
 * finalizer of MurmurHash3 because the last bits of FNV-1a alone are not even. Changing it is changing the layout.
 */
export interface Slice {
  /** From 0. */
  readonly index: number;
  /** Number of slices of the hour: a power of two, so that a slice of fewer is a union of slices of more. */
  readonly of: number;
}

/** Everybody. */
export const WHOLE: Slice = { index: 0, of: 1 };
/** A million people at 12,500 a slice would be 80. */
export const MAX_SLICES = 256;

export class InvalidSlice extends Error {
  readonly code = 'invalid_slice';
  constructor({ index, of }: Slice) {
    super(
      `slice ${index} of ${of} is none: the number of slices must be a power of two from 1 to ${MAX_SLICES}, ` +
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

/** The index of the slice that this person belongs to. */
export const sliceOf = (userId: string, of: number): number => {
  if (of === 1) return 0;
  const bytes = Buffer.from(userId);
  return sliceOfBytes(bytes, 0, bytes.length, of);
};

/** The same for an id that stands in these bytes as UTF-8. */
export function sliceOfBytes(bytes: Uint8Array, from: number, to: number, of: number): number {
  let hash = 0x811c9dc5;
  for (let at = from; at < to; at += 1) hash = Math.imul(hash ^ (bytes[at] ?? 0), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) % of;
}

/**
 * Slices of the same cut whose people may stand in this slice's part, from a time when there were fewer slices: of four
 * slices, part 1 was once part 1 of two, with the people of slice 3.
 */
export function slicesSplitFrom({ index, of }: Slice): readonly Slice[] {
  let fewest = 1;
  while (fewest <= index) fewest *= 2;
  const split: Slice[] = [];
  for (let other = index + fewest; other < of; other += fewest) split.push({ index: other, of });
  return split;
}
