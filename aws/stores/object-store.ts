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
  /** Keys per listing request. @defaultValue 1,000, the default of S3 */
  readonly pageSize?: number;
}

/** An object store in a bucket. S3 is strongly consistent: a listing includes all earlier puts. */
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
   * One PutObject request: it accepts 5 GB and is atomic. A rollup part has some 100 MB, already in
   * memory. A multipart upload would add requests and unfinished uploads to clean up.
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
    // Some responses for empty objects have no body.
    if (body !== undefined) yield* body.transformToWebStream();
  }

  /**
   * One request returns the size, the version and the end of the object. Each range before it is
   * another request.
   */
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
   * S3 reports a missing key only to callers that may list the bucket; others get AccessDenied. The
   * roles may list below certain prefixes, a condition that GetObject may not meet. Then a listing is
   * used.
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
