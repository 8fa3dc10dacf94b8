/**
 * Seeded random numbers, identical on every machine. Only integer arithmetic and the four basic operations:
 * the last bit of Math.log or Math.exp can differ between engines.
 */
import { createHash } from 'node:crypto';

export interface Random {
  /** 0 <= x < 1 */
  next(): number;
  /** True with the given probability. */
  chance(probability: number): boolean;
  /** A whole number, inclusive. */
  int(from: number, to: number): number;
  /** A whole number from a distribution: equally spaced quantiles, ascending. */
  quantile(quantiles: readonly number[]): number;
  /** @throws RangeError on an empty list */
  pick<T>(choices: readonly T[]): T;
  /** A choice with a probability proportional to its weight. @throws RangeError on an empty list */
  weighted<T>(choices: readonly (readonly [choice: T, weight: number])[]): T;
}

type Key = readonly (string | number)[];

const digestOf = (key: Key): Buffer => createHash('sha256').update(JSON.stringify(key)).digest();

/** A separate stream per key, so that one person never depends on another. */
export function randomOf(...key: Key): Random {
  const digest = digestOf(key);
  const next = sfc32([0, 4, 8, 12].map((at) => digest.readUInt32LE(at)));
  const random: Random = {
    next,
    chance: (probability) => next() < probability,
    int: (from, to) => from + Math.floor(next() * (to - from + 1)),
    quantile(quantiles) {
      const at = next() * (quantiles.length - 1);
      const below = Math.floor(at);
      const low = quantiles[below] ?? 0;
      return Math.round(low + (at - below) * ((quantiles[below + 1] ?? low) - low));
    },
    pick: (choices) => random.weighted(choices.map((choice) => [choice, 1] as const)),
    weighted(choices) {
      let left = next() * choices.reduce((sum, [, weight]) => sum + weight, 0);
      for (const [choice, weight] of choices) {
        left -= weight;
        if (left < 0) return choice;
      }
      const last = choices.at(-1);
      if (last === undefined) throw new RangeError('nothing to choose from: give at least one choice');
      return last[0];
    },
  };
  return random;
}

/** A UUID from a key. Version 8 is for application-specific UUIDs (RFC 9562). */
export function uuidOf(...key: Key): string {
  const bytes = digestOf(key).subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex');
  return [
    [0, 8],
    [8, 12],
    [12, 16],
    [16, 20],
    [20, 32],
  ]
    .map(([from, to]) => hex.slice(from, to))
    .join('-');
}

/** sfc32: the Small Fast Chaotic generator by Chris Doty-Humphrey (PractRand). */
function sfc32(seed: readonly number[]): () => number {
  let [a = 0, b = 0, c = 0, counter = 1] = seed;
  return () => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 2 ** 32;
  };
}
