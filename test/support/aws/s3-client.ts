import { S3Client } from '@aws-sdk/client-s3';
import type { S3Server } from './s3-server.ts';

/** The real client, connected to the fake S3. */
export const s3ClientFor = (server: S3Server): S3Client =>
  new S3Client({
    endpoint: server.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  });
