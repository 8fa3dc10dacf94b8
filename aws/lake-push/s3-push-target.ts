/** A bucket as the destination of a push. */
import { createHash } from 'node:crypto';
import {
  GetObjectCommand,
  HeadObjectCommand,
  NotFound,
  PutObjectCommand,
  paginateListObjectsV2,
  type S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import type { PushTarget } from './push-lake.ts';

export class S3PushTarget implements PushTarget {
  constructor(
    private readonly client: S3Client,
    private readonly bucket: string,
  ) {}

  async find(key: string) {
    const object = { Bucket: this.bucket, Key: key };
    try {
      const head = await this.client.send(new HeadObjectCommand({ ...object, ChecksumMode: 'ENABLED' }));
      const bytes = head.ContentLength ?? 0;
      const known = head.ChecksumSHA256;
      // Checksums of multipart uploads end with the number of parts, and objects of Firehose have
      // another algorithm. Then the object is read.
      if (known !== undefined && !known.includes('-')) {
        return { bytes, sha256: Buffer.from(known, 'base64').toString('hex') };
      }
      return { bytes, sha256: await this.#sha256Of(key) };
    } catch (error) {
      if (error instanceof NotFound) return undefined;
      throw error;
    }
  }

  /** S3 checks condition and checksum: concurrent pushes do not replace objects of each other. */
  async putNew(key: string, body: Uint8Array, sha256: string): Promise<'stored' | 'taken'> {
    try {
      await this.client.send(
        new PutObjectCommand({
          Bucket: this.bucket,
          Key: key,
          Body: body,
          ChecksumSHA256: Buffer.from(sha256, 'hex').toString('base64'),
          IfNoneMatch: '*',
        }),
      );
      return 'stored';
    } catch (error) {
      if (error instanceof S3ServiceException && error.name === 'PreconditionFailed') return 'taken';
      throw error;
    }
  }

  async *list(prefix: string) {
    const pages = paginateListObjectsV2({ client: this.client }, { Bucket: this.bucket, Prefix: prefix });
    for await (const { Contents: contents = [] } of pages) {
      for (const { Key: key, Size: bytes } of contents)
        if (key !== undefined) yield { key, bytes: bytes ?? 0 };
    }
  }

  async #sha256Of(key: string): Promise<string> {
    const { Body: body } = await this.client.send(new GetObjectCommand({ Bucket: this.bucket, Key: key }));
    const hash = createHash('sha256');
    if (body !== undefined) for await (const chunk of body.transformToWebStream()) hash.update(chunk);
    return hash.digest('hex');
  }
}
