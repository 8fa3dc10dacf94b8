import { rawPrefix } from '@kinetrack/schema';
import { CfnOutput, Duration, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as kms from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import type { DeploymentConfig } from './config.ts';
import { acknowledge } from './constructs/acknowledge.ts';
import { ArrivalsQueue } from './constructs/arrivals-queue.ts';
import { DeliveryStream } from './constructs/delivery-stream.ts';
import { LakeBucket } from './constructs/lake-bucket.ts';
import { ARRIVAL_CONSUMER_TIMEOUT, type Lake } from './lake.ts';

export interface IngestionStackProps extends StackProps {
  readonly config: DeploymentConfig;
}

/** All that holds state: stream, Firehose and lake. It can run alone; analytics come and go beside it. */
export class IngestionStack extends Stack {
  readonly lake: Lake;

  constructor(scope: Construct, id: string, { config, ...props }: IngestionStackProps) {
    super(scope, id, { description: 'Kinetrack: activity stream, delivery and lake.', ...props });
    const key = new kms.Key(this, 'Key', {
      description: 'Activity in the stream and in the lake.',
      enableKeyRotation: true,
      // Without it, a lake that was kept could not be read.
      removalPolicy: config.retainData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    const stream = new kinesis.Stream(this, 'Stream', {
      streamName: config.streamName,
      retentionPeriod: Duration.hours(config.streamRetentionHours),
      encryption: kinesis.StreamEncryption.KMS,
      encryptionKey: key,
      // Never kept: its records are in the lake within minutes, and its name would block the next deployment.
      removalPolicy: RemovalPolicy.DESTROY,
      ...(config.streamMode === 'provisioned'
        ? { streamMode: kinesis.StreamMode.PROVISIONED, shardCount: config.shards }
        : { streamMode: kinesis.StreamMode.ON_DEMAND }),
    });
    acknowledge(
      stream,
      'AwsSolutions-KDS3',
      "A key of its own can be disabled and audited, which people's activity deserves; one account uses it.",
    );

    const lake = new LakeBucket(this, 'Lake', { config, key });
    const arrivals = new ArrivalsQueue(this, 'SampleArrivals', {
      visibilityTimeout: Duration.seconds(6 * ARRIVAL_CONSUMER_TIMEOUT.toSeconds()),
    });
    lake.announce(rawPrefix('sample'), arrivals.queue);
    const delivery = new DeliveryStream(this, 'Delivery', { source: stream, bucket: lake.bucket, key });

    this.lake = { bucket: lake.bucket, key, sampleArrivals: arrivals.queue };
    new CfnOutput(this, 'StreamName', { value: stream.streamName, description: 'Agents send here.' });
    new CfnOutput(this, 'LakeBucketName', { value: lake.bucket.bucketName });
    new CfnOutput(this, 'DeliveryStreamName', { value: delivery.name });
    new CfnOutput(this, 'SampleDeadLetters', { value: arrivals.deadLetters.queueUrl });
  }
}
