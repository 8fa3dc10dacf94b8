import type { Duration } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { ActivityLake } from './activity-lake.ts';
import { DeletionFunction } from './constructs/deletion-function.ts';
import { RollupFunction } from './constructs/rollup-function.ts';
import { slicesFor } from './rollup-limits.ts';

export interface ActivityRollupProps {
  readonly lake: ActivityLake;
  /**
   * Number of recorded people. One invocation computes a slice of an hour, up to 12,500 people.
   * @default 12,500: one invocation computes a whole hour
   */
  readonly people?: number;
  /**
   * Concurrent invocations, reserved from the quota of the account: at least 2, with several slices 4.
   * @default 10
   */
  readonly concurrency?: number;
  /**
   * Retention of the stream. The receipt of a deletion states when the data has expired there.
   * @default there is no stream
   */
  readonly streamRetention?: Duration;
}

export class InvalidRollup extends Error {
  readonly code = 'invalid_rollup';
  constructor(message: string) {
    super(message);
    this.name = 'InvalidRollup';
  }
}

/**
 * The functions of the lake: rollups of new raw events, and deletion of people. It has no data of its own
 * except queued messages.
 */
export class ActivityRollup extends Construct {
  readonly function: lambda.Function;
  /** Failed hours, which are retried. Lambda does not count them as errors of the function. */
  readonly failures: cloudwatch.Metric;
  /** Number of slices of an hour: 1, or a power of two. */
  readonly slices: number;
  /** Undefined with one slice. */
  readonly slicesQueue: sqs.Queue | undefined;
  /** Dead-letter queue: slices that failed five times. Undefined with one slice. */
  readonly slicesDeadLetters: sqs.Queue | undefined;
  /** The deletion function; its queue receives deletion requests. */
  readonly deletion: DeletionFunction;

  constructor(
    scope: Construct,
    id: string,
    { lake, people = 12_500, concurrency = 10, streamRetention }: ActivityRollupProps,
  ) {
    super(scope, id);
    this.slices = slicesFor(people);
    const least = this.slices > 1 ? 4 : 2;
    if (concurrency < least) {
      throw new InvalidRollup(
        `concurrency: must be at least ${least} with ${this.slices} slices (Lambda requires 2 per queue); got ${concurrency}`,
      );
    }
    const rollup = new RollupFunction(this, 'Rollup', { lake, slices: this.slices, concurrency });
    this.function = rollup.handler.function;
    this.failures = rollup.failures;
    this.slicesQueue = rollup.slices?.queue;
    this.slicesDeadLetters = rollup.slices?.deadLetters;
    this.deletion = new DeletionFunction(this, 'Deletion', {
      lake,
      ...(streamRetention && { streamRetention }),
    });
  }
}
