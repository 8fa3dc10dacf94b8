/** Limits of the rollup function. */
import { Duration } from 'aws-cdk-lib';

/** Timeout of the rollup function; the visibility timeout of its queues derives from it. */
export const ROLLUP_TIMEOUT = Duration.minutes(5);

/**
 * Firehose writes one object per partition and buffer interval. After a minute, several of them share one
 * computation.
 */
export const ROLLUP_BATCHING_WINDOW = Duration.minutes(1);

/** People per slice of an hour, limited by the memory and timeout of an invocation: docs/performance.md. */
export const PEOPLE_PER_SLICE = 12_500;

/** A power of two: doubling the number of slices splits each slice in two. */
export const slicesFor = (people: number): number =>
  2 ** Math.max(0, Math.ceil(Math.log2(people / PEOPLE_PER_SLICE)));
