/** Opens the destination of a push: a bucket, or the lake of a deployment. */
import type { AwsClientConfig } from '@kinetrack/agent';
import { clientSettings } from '../client-settings.ts';
import { findDeployment } from '../deployment.ts';
import type { PushTarget } from './push-lake.ts';

export interface OpenPushTarget {
  readonly bucket: string;
  readonly target: PushTarget;
}

/** Rejects with DeploymentNotFound or an SDK error. Endpoints are configurable as for all AWS tools. */
export async function openPushTarget(options: {
  readonly bucket: string | undefined;
  readonly stack: string | undefined;
  /** @defaultValue AWS_REGION or the profile */
  readonly region: string | undefined;
}): Promise<OpenPushTarget> {
  const settings = await clientSettings({ region: options.region, requestTimeoutMs: UPLOAD_TIMEOUT_MS });
  const bucket = options.bucket ?? (await lakeOf(options.stack ?? '', settings));
  const [{ S3Client }, { S3PushTarget }] = await Promise.all([
    import('@aws-sdk/client-s3'),
    import('./s3-push-target.ts'),
  ]);
  return { bucket, target: new S3PushTarget(new S3Client(settings), bucket) };
}

/** 64 MB at 2 Mbit/s take four minutes. */
const UPLOAD_TIMEOUT_MS = 300_000;

async function lakeOf(stack: string, settings: AwsClientConfig): Promise<string> {
  const { CloudFormationClient } = await import('@aws-sdk/client-cloudformation');
  return (await findDeployment(new CloudFormationClient(settings), stack)).require('LakeBucketName');
}
