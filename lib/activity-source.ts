import type { Duration } from 'aws-cdk-lib';

export interface StreamSourceProps {
  /**
   * Changing it makes a new stream and deletes the old one with what Firehose has not yet read.
   * @default a name that CloudFormation makes up
   */
  readonly streamName?: string;
  /** Shards of a provisioned stream; each takes 1 MB/s or 1,000 records/s. @default on-demand: it scales by itself */
  readonly shardCount?: number;
  /** How long the stream keeps what Firehose could not deliver, from 24 hours to a year. @default 3 days */
  readonly retention?: Duration;
}

/** Where agents send to. */
export class ActivitySource {
  /** A Kinesis stream with a Firehose behind it: records can be read again, by other consumers too. */
  static stream(props: StreamSourceProps = {}): ActivitySource {
    return new ActivitySource(props, false);
  }

  /** Firehose alone: no stream to pay for, nothing to read again. */
  static direct(): ActivitySource {
    return new ActivitySource(undefined, true);
  }

  /**
   * Both, for the time of a move from one to the other: deploy with both, let agents change over, wait until what
   * they leave has been idle for an hour, then deploy without it. A direct change would delete the records that are
   * still on their way.
   */
  static both(props: StreamSourceProps = {}): ActivitySource {
    return new ActivitySource(props, true);
  }

  private constructor(
    /** @internal */ readonly streamProps: StreamSourceProps | undefined,
    /** @internal */ readonly direct: boolean,
  ) {}
}
