/** The S3 client, loaded and created with the first upload. */
import type * as S3 from '@aws-sdk/client-s3';
import { awsClientConfig } from '../aws-client.ts';

export interface S3ClientOptions {
  /** @defaultValue AWS_REGION or the region of the shared configuration file */
  readonly region?: string;
  /** Endpoint of an emulator or a VPC endpoint. @defaultValue the region's endpoint */
  readonly endpoint?: string;
  /**
   * A client of your own: its region, endpoint, retries and timeouts apply, and close() does not destroy
   * it.
   */
  readonly client?: S3.S3Client;
}

export interface S3Connection {
  readonly client: S3.S3Client;
  readonly s3: typeof S3;
}

/** From the first byte sent: a part of 8 MiB takes this long at 250 kbit/s. */
const REQUEST_TIMEOUT_MS = 5 * 60_000;

export async function connectS3({ client, ...options }: S3ClientOptions): Promise<S3Connection> {
  const s3 = await import('@aws-sdk/client-s3');
  if (client !== undefined) return { client, s3 };
  const config = await awsClientConfig({ ...options, requestTimeoutMs: REQUEST_TIMEOUT_MS });
  // Emulators have no host name per bucket.
  return { client: new s3.S3Client({ ...config, forcePathStyle: options.endpoint !== undefined }), s3 };
}
