import {
  DeleteObjectCommand,
  GetObjectCommand,
  NoSuchKey,
  PutObjectCommand,
  paginateListObjectsV2,
  type S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import {
  ObjectChanged,
  type ObjectInfo,
  ObjectNotFound,
  type RangedObject,
  type RangedStore,
  type VersionedStore,
} from '../../pipeline/lake/ports.ts';
import { deleteOldVersions } from './object-versions.ts';

export interface S3ObjectStoreOptions {
  readonly client: S3Client;
  readonly bucket: string;
  /** Keys that one listing request asks for. @defaultValue what S3 gives: 1,000 */
  readonly pageSize?: number;
}

/** A bucket as an object store. S3 is strongly consistent: a listing after a put holds what was put. */
export class S3ObjectStore implements VersionedStore, RangedStore {
  readonly #client: S3Client;
  readonly #bucket: string;
  readonly #pageSize: number | undefined;

  constructor({ client, bucket, pageSize }: S3ObjectStoreOptions) {
    this.#client = client;
    this.#bucket = bucket;
    this.#pageSize = pageSize;
  }

  /**
   * In one request: PutObject takes 5 GB and replaces the object in one step, and a part of the rollup has some 100 MB,
   * in memory already. An upload in parts would add requests and unfinished uploads to clean up, and save nothing.
   */
  async put(key: string, body: Uint8Array): Promise<void> {
    await this.#client.send(new PutObjectCommand({ Bucket: this.#bucket, Key: key, Body: body }));
  }

  async *read(key: string): AsyncIterable<Uint8Array> {
    const { Body: body } = await this.#client
      .send(new GetObjectCommand({ Bucket: this.#bucket, Key: key }))
      .catch(async (error: unknown) => {
        throw (await this.#isMissing(error, key)) ? new ObjectNotFound(key) : error;
      });
    // Empty objects have no body in some responses; that is no error.
    if (body !== undefined) yield* body.transformToWebStream();
  }

  /** One request tells the size, the version and the end of the object; each piece that lies before it is another. */
  async openRanged(key: string, tailBytes: number): Promise<RangedObject> {
    const { bytes, range, etag } = await this.#range(key, `bytes=-${tailBytes}`);
    const total = Number(range?.slice(range.lastIndexOf('/') + 1));
    if (etag === undefined || !Number.isSafeInteger(total)) {
      throw new TypeError(`S3 answered the range of ${key} without its version and size: ${range}`);
    }
    const tailFrom = total - bytes.length;
    return {
      bytes: total,
      read: async (from, to) => {
        if (from >= tailFrom) return bytes.subarray(from - tailFrom, to - tailFrom);
        return (await this.#range(key, `bytes=${from}-${to - 1}`, etag)).bytes;
      },
    };
  }

  async #range(key: string, range: string, etag?: string) {
    const request = new GetObjectCommand({
      ...{ Bucket: this.#bucket, Key: key, Range: range },
      ...(etag !== undefined && { IfMatch: etag }),
    });
    const answer = await this.#client.send(request).catch(async (error: unknown) => {
      const isGone = await this.#isMissing(error, key);
      if (isGone && etag === undefined) throw new ObjectNotFound(key);
      if (isGone || (error instanceof S3ServiceException && error.name === 'PreconditionFailed')) {
        throw new ObjectChanged(key);
      }
      throw error;
    });
    const bytes = (await answer.Body?.transformToByteArray()) ?? new Uint8Array();
    return { bytes, range: answer.ContentRange, etag: answer.ETag };
  }

  /**
   * S3 tells only those that a key is missing who may list the bucket; everybody else is denied. Roles here may list
   * below their prefixes, which is a condition that a GetObject may not meet: the listing itself then tells.
   */
  async #isMissing(error: unknown, key: string): Promise<boolean> {
    if (error instanceof NoSuchKey) return true;
    if (!(error instanceof S3ServiceException) || error.name !== 'AccessDenied') return false;
    try {
      for await (const found of this.list(key)) if (found.key === key) return false;
      return true;
    } catch {
      return false;
    }
  }

  async *list(prefix: string): AsyncIterable<ObjectInfo> {
    const pages = paginateListObjectsV2(
      { client: this.#client, ...(this.#pageSize !== undefined && { pageSize: this.#pageSize }) },
      { Bucket: this.#bucket, Prefix: prefix },
    );
    for await (const page of pages) {
      for (const { Key: key, Size: bytes, LastModified: modified } of page.Contents ?? []) {
        if (key === undefined) continue;
        yield { key, bytes: bytes ?? 0, ...(modified !== undefined && { modifiedMs: modified.getTime() }) };
      }
    }
  }

  async delete(key: string): Promise<void> {
    await this.#client.send(new DeleteObjectCommand({ Bucket: this.#bucket, Key: key }));
  }

  deleteHistory(prefix: string): Promise<number> {
    return deleteOldVersions(this.#client, this.#bucket, prefix, this.#pageSize);
  }
}
