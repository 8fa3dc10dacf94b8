/** People of an hour whose rows one invocation computes within its memory and time: docs/performance.md. */
export const PEOPLE_PER_SLICE = 12_500;

/** A power of two: with twice the slices, each slice is divided into two and none is mixed. */
export const slicesFor = (people: number): number =>
  2 ** Math.max(0, Math.ceil(Math.log2(people / PEOPLE_PER_SLICE)));
