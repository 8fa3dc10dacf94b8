/** Multipart uploads as S3 keeps them, with the checks that S3 makes; in memory. */
import { createHash } from 'node:crypto';
import { crc32 } from '../../../agent/src/spool/crc32.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const MIN_PART_BYTES = 5 * 1024 * 1024;
const MAX_PARTS = 10_000;

export class S3Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
  ) {
    super(code);
  }
}

export interface StoredPart {
  readonly partNumber: number;
  readonly body: Buffer;
  readonly etag: string;
}

interface Upload {
  readonly key: string;
  readonly parts: Map<number, StoredPart>;
}

export class MultipartUploads {
  readonly #uploads = new Map<string, Upload>();
  #begun = 0;

  /** Ids of uploads that were neither completed nor aborted. */
  get open(): readonly string[] {
    return [...this.#uploads.keys()];
  }

  /** As a lifecycle rule does. */
  forgetAll(): void {
    this.#uploads.clear();
  }

  create(key: string): string {
    this.#begun++;
    const id = `upload-${this.#begun}`;
    this.#uploads.set(id, { key, parts: new Map() });
    return id;
  }

  put(id: string, key: string, partNumber: number, body: Buffer): StoredPart {
    const upload = this.#find(id, key);
    if (!(Number.isInteger(partNumber) && partNumber >= 1 && partNumber <= MAX_PARTS)) {
      throw new S3Refusal(400, 'InvalidArgument');
    }
    const part = { partNumber, body, etag: `"${md5(body).toString('hex')}"` };
    upload.parts.set(partNumber, part);
    return part;
  }

  /** Ascending, only those above the marker. */
  list(id: string, key: string, marker: number): readonly StoredPart[] {
    return [...this.#find(id, key).parts.values()]
      .filter(({ partNumber }) => partNumber > marker)
      .sort((one, other) => one.partNumber - other.partNumber);
  }

  /** The whole object. `chosen`: the body of CompleteMultipartUpload. */
  complete(
    id: string,
    key: string,
    chosen: string,
    expected: { readonly checksum: string | undefined; readonly bytes: string | undefined },
  ): { readonly body: Buffer; readonly etag: string } {
    const upload = this.#find(id, key);
    const parts = chosenParts(chosen).map(({ partNumber, etag, checksum }) => {
      const part = upload.parts.get(partNumber);
      const isSame =
        part?.etag === etag &&
        (checksum === undefined || checksum === checksumText(part?.body ?? Buffer.of()));
      if (part === undefined || !isSame) throw new S3Refusal(400, 'InvalidPart');
      return part;
    });
    if (parts.length === 0) throw new S3Refusal(400, 'MalformedXML');
    if (parts.some((part, i) => i > 0 && part.partNumber <= (parts[i - 1]?.partNumber ?? 0))) {
      throw new S3Refusal(400, 'InvalidPartOrder');
    }
    if (parts.slice(0, -1).some(({ body }) => body.length < MIN_PART_BYTES)) {
      throw new S3Refusal(400, 'EntityTooSmall');
    }
    const body = Buffer.concat(parts.map((part) => part.body));
    if (expected.checksum !== undefined && expected.checksum !== checksumText(body)) {
      throw new S3Refusal(400, 'BadDigest');
    }
    if (expected.bytes !== undefined && Number(expected.bytes) !== body.length) {
      throw new S3Refusal(400, 'InvalidRequest');
    }
    this.#uploads.delete(id);
    const digest = md5(Buffer.concat(parts.map((part) => md5(part.body)))).toString('hex');
    return { body, etag: `"${digest}-${parts.length}"` };
  }

  abort(id: string, key: string): void {
    this.#find(id, key);
    this.#uploads.delete(id);
  }

  #find(id: string, key: string): Upload {
    const upload = this.#uploads.get(id);
    if (upload?.key !== key) throw new S3Refusal(404, 'NoSuchUpload');
    return upload;
  }
}

export const md5 = (bytes: Buffer): Buffer => createHash('md5').update(bytes).digest();

/** CRC-32 as S3 writes it. */
export function checksumText(bytes: Uint8Array): string {
  const text = Buffer.alloc(4);
  text.writeUInt32BE(crc32(bytes));
  return text.toString('base64');
}

function chosenParts(xml: string) {
  const field = (part: string, name: string) =>
    new RegExp(`<${name}>(.*?)</${name}>`).exec(part)?.[1]?.replaceAll('&quot;', '"');
  return [...xml.matchAll(/<Part>(.*?)<\/Part>/gs)].map(([, part = '']) => ({
    partNumber: Number(field(part, 'PartNumber')),
    etag: field(part, 'ETag'),
    checksum: field(part, 'ChecksumCRC32'),
  }));
}
