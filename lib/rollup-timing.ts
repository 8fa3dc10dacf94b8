import { Duration } from 'aws-cdk-lib';

/** Longest run of the rollup function; how long its queues hide a message follows from it. */
export const ROLLUP_TIMEOUT = Duration.minutes(5);

/** One object per hour, fleet and buffer: waiting a minute lets many of them share a recomputation. */
export const ROLLUP_BATCHING_WINDOW = Duration.minutes(1);
