/** Stack outputs. The commands for AWS accounts read them by name. */
import { CfnOutput } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { ActivityApi } from './activity-api.ts';
import type { ActivityCatalog } from './activity-catalog.ts';
import type { ActivityIdentity } from './activity-identity.ts';
import type { ActivityIngestion } from './activity-ingestion.ts';
import type { ActivityLake } from './activity-lake.ts';
import type { ActivityRollup } from './activity-rollup.ts';

export function outputLake(scope: Construct, lake: ActivityLake): void {
  write(scope, 'LakeBucketName', lake.bucket.bucketName);
  write(scope, 'LakeKeyArn', lake.key.keyArn);
  write(scope, 'RollupQueueUrl', lake.sampleArrivals.queueUrl, 'Queue of new raw objects for the rollup.');
  write(scope, 'RawRetentionDays', String(lake.retention.raw.toDays()));
  write(scope, 'SummariesTableName', lake.summaries.tableName);
  write(
    scope,
    'SampleDeadLetters',
    lake.sampleDeadLetters.queueUrl,
    'Dead-letter queue of raw objects that failed five times.',
  );
}

export function outputIngestion(
  scope: Construct,
  { stream, streamDelivery, directDelivery }: ActivityIngestion,
): void {
  if (stream) write(scope, 'StreamName', stream.streamName, 'Stream that agents send to.');
  const delivery = streamDelivery ?? directDelivery;
  if (delivery) {
    write(
      scope,
      'DeliveryStreamName',
      delivery.name,
      stream ? 'Delivery stream from the stream to the lake.' : 'Delivery stream that agents send to.',
    );
  }
  if (stream && directDelivery) {
    write(
      scope,
      'DirectDelivery',
      directDelivery.name,
      'Delivery stream that agents can also send to during a migration.',
    );
  }
}

export function outputRollup(scope: Construct, rollup: ActivityRollup): void {
  write(scope, 'RollupSlices', String(rollup.slices));
  write(scope, 'DeletionQueueUrl', rollup.deletion.queue.queueUrl, 'Queue of deletion requests.');
  if (rollup.slicesDeadLetters) {
    write(
      scope,
      'SliceDeadLetters',
      rollup.slicesDeadLetters.queueUrl,
      'Dead-letter queue of slices that failed five times.',
    );
  }
}

export function outputCatalog(scope: Construct, catalog: ActivityCatalog): void {
  write(scope, 'DatabaseName', catalog.databaseName);
  write(scope, 'WorkgroupName', catalog.workgroupName);
}

export function outputIdentity(scope: Construct, { devices }: ActivityIdentity): void {
  write(scope, 'DevicesTableName', devices.tableName, 'Table of device tokens.');
}

export function outputApi(scope: Construct, { url, dashboardUrl }: ActivityApi): void {
  write(scope, 'ApiUrl', url, 'URL of the API. Agents send to its path /track.');
  write(scope, 'DashboardUrl', dashboardUrl, 'URL of the dashboard.');
}

function write(scope: Construct, name: string, value: string, description?: string): void {
  new CfnOutput(scope, name, { value, ...(description !== undefined && { description }) });
}
