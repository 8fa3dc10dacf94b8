/**
 * What S3 holds under a key, compared with a local file by size and CRC-32. The same checksum for objects in one
 * piece and in parts: of the whole object (checksum type FULL_OBJECT), where an ETag depends on the parts and on
 * the bucket's encryption (https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html).
 */
import { open } from 'node:fs/promises';
import { crc32 } from '../../crc32.ts';
import type { S3Connection } from './s3-connection.ts';

/** `unknown`: these credentials may write and not read, or the store keeps no checksums. */
export type Stored = 'same' | 'different' | 'missing' | 'unknown';

export async function storedAs(
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
    // A HEAD has no body: the status is all that is said. Reading needs s3:GetObject, which a device that only
    // writes need not have.
    const status = statusOf(error);
    if (status === 404) return 'missing';
    if (status === 403) return 'unknown';
    throw error;
  }
}

export const isNamed = (error: unknown, ...names: readonly string[]): boolean =>
  error instanceof Error && names.includes(error.name);

export function statusOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('$metadata' in error)) return undefined;
  const { $metadata } = error;
  if (typeof $metadata !== 'object' || $metadata === null || !('httpStatusCode' in $metadata))
    return undefined;
  return typeof $metadata.httpStatusCode === 'number' ? $metadata.httpStatusCode : undefined;
}

/** As S3 writes it: the four bytes, highest first, in base64. */
export function checksumText(crc: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc);
  return bytes.toString('base64');
}

/** Reads a file in pieces of at most so many bytes, in a buffer that is used again for the next. */
export async function* piecesOf(path: string, pieceBytes: number): AsyncGenerator<Buffer> {
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

export async function checksumOf(path: string): Promise<string> {
  let crc = 0;
  for await (const piece of piecesOf(path, 256 * 1024)) crc = crc32(piece, crc);
  return checksumText(crc);
}
