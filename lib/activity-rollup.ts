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
   * People whose hours are recomputed: a slice of an hour, which one invocation computes, holds up to 12,500.
   * @default 12,500: an invocation computes a whole hour
   */
  readonly people?: number;
  /**
   * Invocations at the same time, reserved from the quota of the account: at least 2, with several slices 4.
   * @default 10
   */
  readonly concurrency?: number;
  /**
   * How long the stream keeps records: the receipt of a deletion says when the person is gone from there too.
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
 * What works on raw events when they arrive, and on everything when a person is deleted. It holds nothing that could
 * not be computed again.
 */
export class ActivityRollup extends Construct {
  readonly function: lambda.Function;
  /** Hours that failed and come again: Lambda does not count them among the errors of the function. */
  readonly failures: cloudwatch.Metric;
  /** Into how many parts the people of an hour are divided: 1, or a power of two. */
  readonly slices: number;
  /** Undefined with one slice. */
  readonly slicesQueue: sqs.Queue | undefined;
  /** Slices that failed five times; undefined with one slice. */
  readonly slicesDeadLetters: sqs.Queue | undefined;
  /** Deletes people: its queue takes the orders. */
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
