/** Redelivers error records of a deployment to its stream or Firehose. */
import type { IngestSink, ObjectStore } from '../pipeline/lake/ports.ts';
import { type ReplayCounts, type ReplayOptions, replay } from '../pipeline/replay/replay.ts';
import { clientSettings } from './client-settings.ts';
import { findDeployment } from './deployment.ts';

/** Rejects with DeploymentNotFound or an SDK error. */
export async function replayInCloud(
  options: Omit<ReplayOptions, 'store' | 'sink'> & {
    readonly stack: string;
    readonly region?: string | undefined;
  },
): Promise<ReplayCounts> {
  const { stack, region, ...choice } = options;
  return replay({ ...choice, ...(await openTarget(stack, region)) });
}

async function openTarget(
  stack: string,
  region: string | undefined,
): Promise<{ readonly store: ObjectStore; readonly sink: IngestSink }> {
  const [{ CloudFormationClient }, { S3Client }, { S3ObjectStore }] = await Promise.all([
    import('@aws-sdk/client-cloudformation'),
    import('@aws-sdk/client-s3'),
    import('./stores/object-store.ts'),
  ]);
  const settings = await clientSettings({ region });
  const deployment = await findDeployment(new CloudFormationClient(settings), stack);
  const store = new S3ObjectStore({
    client: new S3Client(settings),
    bucket: deployment.require('LakeBucketName'),
  });
  const streamName = deployment.find('StreamName');
  if (streamName !== undefined) {
    const [{ KinesisClient }, { KinesisIngest }] = await Promise.all([
      import('@aws-sdk/client-kinesis'),
      import('./ingest/kinesis-ingest.ts'),
    ]);
    return { store, sink: new KinesisIngest({ client: new KinesisClient(settings), streamName }) };
  }
  const [{ FirehoseClient }, { FirehoseIngest }] = await Promise.all([
    import('@aws-sdk/client-firehose'),
    import('./ingest/firehose-ingest.ts'),
  ]);
  const deliveryStreamName = deployment.require('DeliveryStreamName');
  return { store, sink: new FirehoseIngest({ client: new FirehoseClient(settings), deliveryStreamName }) };
}
