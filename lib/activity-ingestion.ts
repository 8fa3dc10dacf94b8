import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { ActivityLake } from './activity-lake.ts';
import { ActivitySource } from './activity-source.ts';
import { ActivityStream } from './constructs/activity-stream.ts';
import { DeliveryStream } from './constructs/delivery-stream.ts';

export interface ActivityIngestionProps {
  readonly lake: ActivityLake;
  /** Destination of the agents. @default ActivitySource.stream(), on-demand */
  readonly source?: ActivitySource;
}

/** Delivery to the lake: a stream with Firehose, Firehose alone, or temporarily both. */
export class ActivityIngestion extends Construct {
  /** Undefined if agents send directly to Firehose. */
  readonly stream: ActivityStream | undefined;
  /** The Firehose that reads the stream. */
  readonly streamDelivery: DeliveryStream | undefined;
  /** The Firehose that agents send to directly. */
  readonly directDelivery: DeliveryStream | undefined;
  /** All Firehoses: one, or two during a migration. */
  readonly deliveries: readonly DeliveryStream[];
  private readonly lake: ActivityLake;

  constructor(
    scope: Construct,
    id: string,
    { lake, source = ActivitySource.stream() }: ActivityIngestionProps,
  ) {
    super(scope, id);
    this.lake = lake;
    const { bucket, key } = lake;
    if (source.streamProps !== undefined) {
      this.stream = new ActivityStream(this, 'Stream', { ...source.streamProps, key });
      this.streamDelivery = new DeliveryStream(this, 'Delivery', { source: this.stream, bucket, key });
    }
    // A separate ID, so that adding or removing one of the two does not replace the other.
    if (source.direct) this.directDelivery = new DeliveryStream(this, 'DirectDelivery', { bucket, key });
    this.deliveries = [this.streamDelivery, this.directDelivery].filter((delivery) => delivery !== undefined);
  }

  /** Permissions of an agent: sending only. IAM cannot restrict whose events it sends. */
  grantSend(grantee: iam.IGrantable): void {
    for (const statement of this.sendStatements()) grantee.grantPrincipal.addToPrincipalPolicy(statement);
  }

  private sendStatements(): readonly iam.PolicyStatement[] {
    const { region, urlSuffix } = Stack.of(this);
    return [
      ...(this.stream
        ? [
            new iam.PolicyStatement({ actions: ['kinesis:PutRecords'], resources: [this.stream.streamArn] }),
            new iam.PolicyStatement({
              actions: ['kms:GenerateDataKey'],
              resources: [this.lake.key.keyArn],
              conditions: {
                StringEquals: {
                  'kms:ViaService': `kinesis.${region}.${urlSuffix}`,
                  'kms:EncryptionContext:aws:kinesis:arn': this.stream.streamArn,
                },
              },
            }),
          ]
        : []),
      ...(this.directDelivery
        ? [
            new iam.PolicyStatement({
              actions: ['firehose:PutRecordBatch'],
              resources: [this.directDelivery.arn],
            }),
          ]
        : []),
    ];
  }
}
