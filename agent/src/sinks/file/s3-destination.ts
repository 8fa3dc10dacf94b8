/** A bucket that finished files go to. The AWS SDK is loaded with the first of them. */
import { basename } from 'node:path';
import { objectKey } from './file-name.ts';
import { connectS3, type S3ClientOptions, type S3Connection } from './s3-connection.ts';
import { uploadFile } from './s3-uploader.ts';

export interface S3DestinationOptions extends S3ClientOptions {
  readonly bucket: string;
  readonly prefix?: string;
  readonly partBytes?: number;
}

const DEFAULT_PART_BYTES = 8 * 1024 * 1024;

export class S3Destination {
  #connection: S3Connection | undefined;

  constructor(private readonly options: S3DestinationOptions) {}

  /** Resolves once S3 has confirmed the file. */
  async upload(path: string, bytes: number, signal: AbortSignal): Promise<void> {
    const { bucket, prefix = '', partBytes = DEFAULT_PART_BYTES } = this.options;
    this.#connection ??= await connectS3(this.options);
    const key = objectKey(prefix, basename(path));
    await uploadFile(this.#connection, { bucket, key, path, bytes, partBytes }, signal);
  }

  close(): void {
    if (this.options.client === undefined) this.#connection?.client.destroy();
  }
}
