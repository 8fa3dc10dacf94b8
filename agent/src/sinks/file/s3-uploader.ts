/**
 * Uploads one finished file to S3. Resolves once S3 has it, byte for byte.
 *
 *  - up to partBytes: one PutObject
 *  - above: CreateMultipartUpload, journal, UploadPart one after the other, CompleteMultipartUpload
 *
 * Every request has the CRC-32 of its bytes, and S3 rejects other bytes. The object then has the
 * CRC-32 of the whole file, which HeadObject has to confirm, or, without permission to read, the
 * response to the upload.
 *
 * An interrupted upload is resumed by the next call: ListParts returns the uploaded parts. If the
 * upload is gone (NoSuchUpload), either it was completed and only the response was lost, which
 * HeadObject shows, or it starts again.
 */

import { open, readFile, rename } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { CompletedPart } from '@aws-sdk/client-s3';
import { crc32 } from '../../crc32.ts';
import { readIfExists } from '../../data-dir.ts';
import { ioError } from '../../spool/disk.ts';
import { systemDisk } from '../../spool/system-disk.ts';
import { FILE_MODE, JOURNAL, objectKey, PART } from './file-name.ts';
import { connectS3, type S3ClientOptions, type S3Connection } from './s3-connection.ts';

/**
 * Minimum of every part but the last (https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html).
 */
export const MIN_PART_BYTES = 5 * 1024 * 1024;
const MAX_PARTS = 10_000;

export interface UploadJob {
  readonly bucket: string;
  readonly key: string;
  /** The data file; it no longer changes. */
  readonly path: string;
  readonly bytes: number;
  readonly partBytes: number;
}

/** The object in S3 differs from the file, or S3 does not show it. */
export class UnconfirmedUploadError extends Error {
  readonly code = 'unconfirmed';
  constructor(job: UploadJob, what: string) {
    super(
      `s3://${job.bucket}/${job.key} ${what} after its upload: the file is kept and uploaded again; check for other writers to the bucket`,
    );
    this.name = 'UnconfirmedUploadError';
  }
}

/**
 * Rejects with errors of the SDK, with SpoolError `io` for the local disk, or with UnconfirmedUploadError.
 */
export async function uploadFile(
  connection: S3Connection,
  job: UploadJob,
  signal: AbortSignal,
): Promise<void> {
  await new Upload(connection, job, await onDisk('read', job.path, checksumOf(job.path)), signal).run();
}

/** Checksum of the whole object in the response to its upload. */
type Answer = { readonly ChecksumCRC32?: string | undefined };

class Upload {
  readonly #journalPath: string;
  readonly #at: { readonly Bucket: string; readonly Key: string };

  constructor(
    private readonly connection: S3Connection,
    private readonly job: UploadJob,
    private readonly checksum: string,
    private readonly abortSignal: AbortSignal,
  ) {
    this.#journalPath = job.path + JOURNAL;
    this.#at = { Bucket: job.bucket, Key: job.key };
  }

  async run(): Promise<void> {
    for (let isSecond = false; ; isSecond = true) {
      try {
        const journal = await this.#journal();
        const isWhole = journal === undefined && this.job.bytes <= this.job.partBytes;
        await this.#confirm(await (isWhole ? this.#put() : this.#putParts(journal)));
        return;
      } catch (error) {
        if (!isNamed(error, 'NoSuchUpload')) throw error;
        if ((await this.#stored()) === 'same') return;
        await this.#forgetUpload();
        if (isSecond) throw error;
      }
    }
  }

  /** The upload to resume. */
  async #journal(): Promise<UploadJournal | undefined> {
    const journal = await onDisk('read', this.#journalPath, readJournal(this.#journalPath));
    const { bucket, key, bytes } = this.job;
    const isOurs =
      journal?.bucket === bucket &&
      journal.key === key &&
      journal.bytes === bytes &&
      journal.crc32 === this.checksum &&
      journal.partBytes >= MIN_PART_BYTES;
    return isOurs ? journal : undefined;
  }

  async #put(): Promise<Answer> {
    const { client, s3 } = this.connection;
    // At most partBytes, so it needs no more memory than a part.
    const Body = await onDisk('read', this.job.path, readFile(this.job.path));
    const command = new s3.PutObjectCommand({
      ...this.#at,
      Body,
      ContentType: contentType(this.job.key),
      ChecksumCRC32: this.checksum,
    });
    return await client.send(command, this.#options);
  }

  async #putParts(resumed: UploadJournal | undefined): Promise<Answer> {
    const journal = resumed ?? (await this.#create());
    const there = resumed === undefined ? new Map() : await this.#partsThere(journal);
    const parts: CompletedPart[] = [];
    const pieces = piecesOf(this.job.path, journal.partBytes)[Symbol.asyncIterator]();
    try {
      for (;;) {
        const { value: piece, done } = await onDisk('read', this.job.path, pieces.next());
        if (done === true) break;
        const PartNumber = parts.length + 1;
        const ChecksumCRC32 = checksumText(crc32(piece));
        const known = there.get(partIdentity(PartNumber, piece.length, ChecksumCRC32));
        parts.push(known ?? (await this.#putPart(journal, { PartNumber, ChecksumCRC32 }, piece)));
      }
    } finally {
      await pieces.return?.(undefined);
    }
    return await this.#complete(journal, parts);
  }

  async #create(): Promise<UploadJournal> {
    const { client, s3 } = this.connection;
    const { bucket, key, bytes } = this.job;
    const command = new s3.CreateMultipartUploadCommand({
      ...this.#at,
      ContentType: contentType(key),
      ChecksumAlgorithm: 'CRC32',
      ChecksumType: 'FULL_OBJECT',
    });
    const { UploadId } = await client.send(command, this.#options);
    if (UploadId === undefined) throw new Error('S3 started a multipart upload without an id');
    const partBytes = Math.max(this.job.partBytes, Math.ceil(bytes / MAX_PARTS));
    const journal = { bucket, key, uploadId: UploadId, partBytes, bytes, crc32: this.checksum };
    // On a full disk, upload without a journal: the upload is what frees space.
    await writeJournal(this.#journalPath, journal).catch(() => systemDisk.remove(this.#journalPath));
    return journal;
  }

  /** Uploaded parts by number, size and checksum. */
  async #partsThere({ uploadId }: UploadJournal): Promise<ReadonlyMap<string, CompletedPart>> {
    const { client, s3 } = this.connection;
    const there = new Map<string, CompletedPart>();
    try {
      let PartNumberMarker: string | undefined;
      do {
        const command = new s3.ListPartsCommand({ ...this.#at, UploadId: uploadId, PartNumberMarker });
        const page = await client.send(command, this.#options);
        for (const { PartNumber, Size, ETag, ChecksumCRC32 } of page.Parts ?? []) {
          if (PartNumber === undefined || Size === undefined || ETag === undefined) continue;
          if (ChecksumCRC32 === undefined) continue;
          there.set(partIdentity(PartNumber, Size, ChecksumCRC32), { PartNumber, ETag, ChecksumCRC32 });
        }
        PartNumberMarker = page.IsTruncated === true ? page.NextPartNumberMarker : undefined;
      } while (PartNumberMarker !== undefined);
    } catch (error) {
      // Without the permission s3:ListMultipartUploadParts, all parts are sent again.
      if (statusOf(error) !== 403) throw error;
    }
    return there;
  }

  async #putPart(
    { uploadId }: UploadJournal,
    part: { readonly PartNumber: number; readonly ChecksumCRC32: string },
    Body: Buffer,
  ): Promise<CompletedPart> {
    const { client, s3 } = this.connection;
    const command = new s3.UploadPartCommand({ ...this.#at, UploadId: uploadId, ...part, Body });
    const { ETag } = await client.send(command, this.#options);
    return { ...part, ETag };
  }

  async #complete({ uploadId }: UploadJournal, Parts: CompletedPart[]): Promise<Answer> {
    const { client, s3 } = this.connection;
    const command = new s3.CompleteMultipartUploadCommand({
      ...this.#at,
      UploadId: uploadId,
      MultipartUpload: { Parts },
      ChecksumCRC32: this.checksum,
      ChecksumType: 'FULL_OBJECT',
      MpuObjectSize: this.job.bytes,
    });
    try {
      return await client.send(command, this.#options);
    } catch (error) {
      // The upload can never become the file: abort it, the next attempt starts again.
      if (
        isNamed(error, 'InvalidPart', 'InvalidPartOrder', 'EntityTooSmall', 'BadDigest', 'InvalidRequest')
      ) {
        const abort = new s3.AbortMultipartUploadCommand({ ...this.#at, UploadId: uploadId });
        await client.send(abort, this.#options).catch(() => undefined);
        await this.#forgetUpload();
      }
      throw error;
    }
  }

  async #confirm({ ChecksumCRC32 }: Answer): Promise<void> {
    const stored = await this.#stored();
    if (stored === 'same' || (stored === 'unknown' && ChecksumCRC32 === this.checksum)) return;
    // The journal would resume a completed upload.
    await this.#forgetUpload();
    throw new UnconfirmedUploadError(
      this.job,
      stored === 'missing'
        ? 'is missing'
        : stored === 'different'
          ? 'differs from the file'
          : 'has no checksum',
    );
  }

  #stored() {
    const { bytes } = this.job;
    return storedAs(this.connection, this.#at, { bytes, crc32: this.checksum }, this.abortSignal);
  }

  #forgetUpload(): Promise<void> {
    return onDisk('remove', this.#journalPath, systemDisk.remove(this.#journalPath));
  }

  get #options() {
    return { abortSignal: this.abortSignal };
  }
}

const partIdentity = (partNumber: number, bytes: number, checksum: string): string =>
  `${partNumber} ${bytes} ${checksum}`;

const contentType = (key: string): string =>
  key.endsWith('.gz') ? 'application/gzip' : 'application/x-ndjson';

async function onDisk<T>(action: string, path: string, done: Promise<T>): Promise<T> {
  try {
    return await done;
  } catch (error) {
    throw ioError(action, path, error);
  }
}

/** `unknown`: the credentials have no permission to read, or the store keeps no checksums. */
type Stored = 'same' | 'different' | 'missing' | 'unknown';

/**
 * Compares the object under a key with a local file, by size and CRC-32 of the whole object
 * (checksum type FULL_OBJECT). The checksum is the same for objects in one piece and in parts,
 * whereas an ETag depends on the parts and on the bucket's encryption
 * (https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html).
 */
async function storedAs(
  { client, s3 }: S3Connection,
  at: { readonly Bucket: string; readonly Key: string },
  expected: { readonly bytes: number; readonly crc32: string },
  abortSignal: AbortSignal,
): Promise<Stored> {
  try {
    const command = new s3.HeadObjectCommand({ ...at, ChecksumMode: 'ENABLED' });
    const { ContentLength, ChecksumCRC32, ChecksumType } = await client.send(command, { abortSignal });
    if (ContentLength !== expected.bytes) return 'different';
    if (ChecksumCRC32 === undefined || ChecksumType === 'COMPOSITE') return 'unknown';
    return ChecksumCRC32 === expected.crc32 ? 'same' : 'different';
  } catch (error) {
    // The response to HEAD has no body, only a status. Reading needs s3:GetObject, which a device that only
    // writes may lack.
    const status = statusOf(error);
    if (status === 404) return 'missing';
    if (status === 403) return 'unknown';
    throw error;
  }
}

const isNamed = (error: unknown, ...names: readonly string[]): boolean =>
  error instanceof Error && names.includes(error.name);

function statusOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('$metadata' in error)) return undefined;
  const { $metadata } = error;
  if (typeof $metadata !== 'object' || $metadata === null || !('httpStatusCode' in $metadata))
    return undefined;
  return typeof $metadata.httpStatusCode === 'number' ? $metadata.httpStatusCode : undefined;
}

/** In the form of S3: four bytes, big-endian, in base64. */
function checksumText(crc: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc);
  return bytes.toString('base64');
}

/** Reads a file in pieces of up to this size. The buffer of a piece is reused for the next one. */
async function* piecesOf(path: string, pieceBytes: number): AsyncGenerator<Buffer> {
  const handle = await open(path, 'r');
  try {
    const buffer = Buffer.alloc(pieceBytes);
    for (;;) {
      let filled = 0;
      while (filled < pieceBytes) {
        const { bytesRead } = await handle.read(buffer, filled, pieceBytes - filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      if (filled > 0) yield buffer.subarray(0, filled);
      if (filled < pieceBytes) return;
    }
  } finally {
    await handle.close();
  }
}

async function checksumOf(path: string): Promise<string> {
  let crc = 0;
  for await (const piece of piecesOf(path, 256 * 1024)) crc = crc32(piece, crc);
  return checksumText(crc);
}

interface S3DestinationOptions extends S3ClientOptions {
  readonly bucket: string;
  readonly prefix?: string;
  readonly partBytes?: number;
}

const DEFAULT_PART_BYTES = 8 * 1024 * 1024;

/** The bucket for finished files. The AWS SDK is loaded with the first upload. */
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

/**
 * State of a multipart upload that must survive a kill: one line in a file next to the data file.
 * It does not list the uploaded parts: S3 has that list, even if a response was lost.
 *
 * A damaged journal counts as missing: the upload starts again, and the lifecycle rule
 * AbortIncompleteMultipartUpload of the bucket removes the old one.
 */
interface UploadJournal {
  readonly bucket: string;
  readonly key: string;
  readonly uploadId: string;
  readonly partBytes: number;
  /** Size of the data file at the start of the upload. */
  readonly bytes: number;
  readonly crc32: string;
}

/** Undefined if there is none, or if it is damaged. */
async function readJournal(path: string): Promise<UploadJournal | undefined> {
  const line = await readIfExists(path);
  if (line === null) return undefined;
  const [check, json] = [line.slice(0, 8), line.slice(9)];
  return check === checkOf(json) ? parse(json) : undefined;
}

/** Atomic, also after a power cut. */
async function writeJournal(path: string, journal: UploadJournal): Promise<void> {
  const json = JSON.stringify(journal);
  const temporary = path + PART;
  await systemDisk.remove(temporary);
  const handle = await open(temporary, 'wx', FILE_MODE);
  try {
    await handle.writeFile(`${checkOf(json)} ${json}`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, path);
  await systemDisk.syncFolder(dirname(path));
}

const checkOf = (json: string): string => crc32(Buffer.from(json)).toString(16).padStart(8, '0');

function parse(json: string): UploadJournal | undefined {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return undefined;
  }
  return isJournal(value) ? value : undefined;
}

const isJournal = (value: unknown): value is UploadJournal =>
  typeof value === 'object' &&
  value !== null &&
  ['bucket', 'key', 'uploadId', 'crc32'].every((name) => typeof Reflect.get(value, name) === 'string') &&
  ['partBytes', 'bytes'].every((name) => Number.isSafeInteger(Reflect.get(value, name)));
