import {
  DeleteObjectCommand,
  GetObjectCommand,
  NoSuchKey,
  PutObjectCommand,
  paginateListObjectsV2,
  type S3Client,
} from '@aws-sdk/client-s3';
import { type ObjectInfo, ObjectNotFound, type ObjectStore } from '../pipeline/ports.ts';

export interface S3ObjectStoreOptions {
  readonly client: S3Client;
  readonly bucket: string;
  /** Keys that one listing request asks for. @defaultValue what S3 gives: 1,000 */
  readonly pageSize?: number;
}

/** A bucket as an object store. S3 is strongly consistent: a listing after a put holds what was put. */
export class S3ObjectStore implements ObjectStore {
  readonly #client: S3Client;
  readonly #bucket: string;
  readonly #pageSize: number | undefined;

  constructor({ client, bucket, pageSize }: S3ObjectStoreOptions) {
    this.#client = client;
    this.#bucket = bucket;
    this.#pageSize = pageSize;
  }

  async put(key: string, body: Uint8Array): Promise<void> {
    await this.#client.send(new PutObjectCommand({ Bucket: this.#bucket, Key: key, Body: body }));
  }

  async *read(key: string): AsyncIterable<Uint8Array> {
    const { Body: body } = await this.#client
      .send(new GetObjectCommand({ Bucket: this.#bucket, Key: key }))
      .catch((error: unknown) => {
        throw error instanceof NoSuchKey ? new ObjectNotFound(key) : error;
      });
    // Empty objects have no body in some responses; that is no error.
    if (body !== undefined) yield* body.transformToWebStream();
  }

  async *list(prefix: string): AsyncIterable<ObjectInfo> {
    const pages = paginateListObjectsV2(
      { client: this.#client, ...(this.#pageSize !== undefined && { pageSize: this.#pageSize }) },
      { Bucket: this.#bucket, Prefix: prefix },
    );
    for await (const page of pages) {
      for (const { Key: key, Size: bytes } of page.Contents ?? []) {
        if (key !== undefined) yield { key, bytes: bytes ?? 0 };
      }
    }
  }

  async delete(key: string): Promise<void> {
    await this.#client.send(new DeleteObjectCommand({ Bucket: this.#bucket, Key: key }));
  }
}
