/** What one invocation of the rollup function computes, and how long it may run. */
import { Duration } from 'aws-cdk-lib';

/** Longest run of the rollup function; how long its queues hide a message follows from it. */
export const ROLLUP_TIMEOUT = Duration.minutes(5);

/** One object per hour, fleet and buffer: waiting a minute lets many of them share a recomputation. */
export const ROLLUP_BATCHING_WINDOW = Duration.minutes(1);

/** People of an hour whose rows one invocation computes within its memory and time: docs/performance.md. */
export const PEOPLE_PER_SLICE = 12_500;

/** A power of two: with twice the slices, each slice is divided into two and none is mixed. */
export const slicesFor = (people: number): number =>
  2 ** Math.max(0, Math.ceil(Math.log2(people / PEOPLE_PER_SLICE)));
