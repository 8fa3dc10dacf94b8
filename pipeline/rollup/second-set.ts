/**
 * A set of the 60 seconds of a minute, as two 30-bit integers: no allocation per second and no BigInt.
 */
export interface SecondSet {
  readonly low: number;
  readonly high: number;
}

const HALF = 30;
export const SECONDS_A_MINUTE = 60;

/** The half-open range of seconds `from..to`. */
export const secondRange = (from: number, to: number): SecondSet => ({
  low: halfRange(from, Math.min(to, HALF)),
  high: halfRange(Math.max(from, HALF) - HALF, to - HALF),
});

export const lowBit = (second: number): number => (second < HALF ? 1 << second : 0);
export const highBit = (second: number): number => (second < HALF ? 0 : 1 << (second - HALF));

export const hasSecond = (set: SecondSet, second: number): boolean =>
  second < HALF ? (set.low & (1 << second)) !== 0 : (set.high & (1 << (second - HALF))) !== 0;

export const sizeOf = (set: SecondSet): number => bits(set.low) + bits(set.high);

export const without = (set: SecondSet, other: SecondSet): SecondSet => ({
  low: set.low & ~other.low,
  high: set.high & ~other.high,
});

export const union = (a: SecondSet, b: SecondSet): SecondSet => ({
  low: a.low | b.low,
  high: a.high | b.high,
});

export const NO_SECONDS: SecondSet = { low: 0, high: 0 };

function halfRange(from: number, to: number): number {
  return to <= from ? 0 : (1 << to) - (1 << from);
}

/** Number of set bits; at most 30. */
function bits(word: number): number {
  let count = word - ((word >>> 1) & 0x55555555);
  count = (count & 0x33333333) + ((count >>> 2) & 0x33333333);
  return Math.imul((count + (count >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
