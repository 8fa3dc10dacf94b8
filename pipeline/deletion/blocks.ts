/** Objects of lines, gzipped or plain, as blocks of whole lines: every byte of the text in its order. */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { ObjectNotFound, type ObjectStore } from '../ports.ts';

const NEWLINE = 0x0a;
const CHUNK_BYTES = 256 * 1024;
/** RFC 1952: the tenth byte names the operating system. Firehose's objects say unknown, and so do these. */
const GZIP_OS_BYTE = 9;
const GZIP_UNKNOWN_OS = 255;

/** The object's bytes; undefined where it is gone. Firehose writes none above 128 MiB. */
export async function readObject(store: ObjectStore, key: string): Promise<Buffer | undefined> {
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of store.read(key)) chunks.push(chunk);
  } catch (error) {
    if (error instanceof ObjectNotFound) return undefined;
    throw error;
  }
  return Buffer.concat(chunks);
}

export const isGzip = (body: Uint8Array): boolean => body[0] === 0x1f && body[1] === 0x8b;

/** The compression of an object breaks off. What could be unpacked was handed out before, the half line at its end too. */
export class DamagedObject extends Error {
  readonly code = 'damaged_object';
  constructor(cause: unknown) {
    super('the compressed object is truncated', { cause });
    this.name = 'DamagedObject';
  }
}

/** The text in blocks that end with a line. @throws DamagedObject */
export async function* blocksOf(body: Buffer): AsyncGenerator<Buffer> {
  if (!isGzip(body)) {
    if (body.length > 0) yield body;
    return;
  }
  let rest: Buffer[] = [];
  let damage: DamagedObject | undefined;
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES });
  gunzip.end(body);
  try {
    for await (const chunk of gunzip as AsyncIterable<Buffer>) {
      const last = chunk.lastIndexOf(NEWLINE) + 1;
      if (last > 0) {
        yield Buffer.concat([...rest, chunk.subarray(0, last)]);
        rest = [];
      }
      if (last < chunk.length) rest.push(chunk.subarray(last));
    }
  } catch (error) {
    if (!isZlibError(error)) throw error;
    damage = new DamagedObject(error);
  }
  if (rest.length > 0) yield Buffer.concat(rest);
  if (damage !== undefined) throw damage;
}

/** The lines of a block, newlines included. */
export function* linesOf(block: Buffer): Generator<Buffer> {
  for (let from = 0; from < block.length; ) {
    const newline = block.indexOf(NEWLINE, from);
    const to = newline === -1 ? block.length : newline + 1;
    yield block.subarray(from, to);
    from = to;
  }
}

/** Packs blocks as they come: what is held is the packed bytes. */
export async function gzipBlocks(blocks: AsyncIterable<Buffer>): Promise<Buffer> {
  const packed: Buffer[] = [];
  await pipeline(Readable.from(blocks), createGzip(), async (chunks: AsyncIterable<Buffer>) => {
    for await (const chunk of chunks) packed.push(chunk);
  });
  const body = Buffer.concat(packed);
  body[GZIP_OS_BYTE] = GZIP_UNKNOWN_OS;
  return body;
}

const isZlibError = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code.startsWith('Z_');
