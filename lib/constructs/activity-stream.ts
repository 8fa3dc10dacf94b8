import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import type { StreamSourceProps } from '../activity-source.ts';
import { acknowledge } from './acknowledge.ts';

export interface ActivityStreamProps extends StreamSourceProps {
  readonly key: kms.IKey;
}

/** The Kinesis stream that agents send to, encrypted with the key of the lake. */
export class ActivityStream extends kinesis.Stream {
  /** Retention of records. */
  readonly retention: Duration;

  constructor(scope: Construct, id: string, props: ActivityStreamProps) {
    const { key, streamName, shardCount, retention = Duration.days(3) } = props;
    super(scope, id, {
      ...(streamName !== undefined && { streamName }),
      retentionPeriod: retention,
      encryption: kinesis.StreamEncryption.KMS,
      encryptionKey: key,
      // Never retained: its records are in the lake within minutes, and its name would block the next
      // deployment.
      removalPolicy: RemovalPolicy.DESTROY,
      ...(shardCount === undefined
        ? { streamMode: kinesis.StreamMode.ON_DEMAND }
        : { streamMode: kinesis.StreamMode.PROVISIONED, shardCount }),
    });
    this.retention = retention;
    acknowledge(
      this,
      'AwsSolutions-KDS3',
      "A key of its own can be disabled and audited, which people's activity deserves; one account uses it.",
    );
  }
}
