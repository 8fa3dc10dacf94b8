/** What ingestion hands on to the stacks behind it. */
import { Duration } from 'aws-cdk-lib';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type { PrivateBucket } from './constructs/private-bucket.ts';

export interface Lake {
  readonly bucket: PrivateBucket;
  /** Encrypts everything in the bucket. */
  readonly key: kms.IKey;
  /** A message for every raw object of the type `sample`. */
  readonly sampleArrivals: sqs.IQueue;
}

/** Longest run of a consumer of arrivals; the queue's visibility timeout follows from it. */
export const ARRIVAL_CONSUMER_TIMEOUT = Duration.minutes(5);
