/**
 * Reads the lines of an object. The only module that decompresses objects of the lake.
 *
 * Invariants:
 * 1. Memory is one chunk and one incomplete line, for any size of object.
 * 2. A line above `maxLineBytes` is skipped and reported. Other lines are read.
 * 3. An object is damaged if it is not gzip but must be, if its compression is truncated, or if it
 *    decompresses to more than `maxBytes`. The lines before the damage are read.
 * 4. Errors of the source (network, deleted object) are thrown: a retry can succeed.
 */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { ObjectNotFound, type ObjectStore } from './ports.ts';

const NEWLINE = 0x0a;
const BRACE = 0x7b;
const CHUNK_BYTES = 256 * 1024;
/** RFC 1952: the tenth byte is the operating system. Firehose and `gzipBlocks` write "unknown". */
const GZIP_OS_BYTE = 9;
const GZIP_UNKNOWN_OS = 255;

/** The maximum size of a Kinesis record. A longer line is not an event and must not fill the memory. */
export const MAX_LINE_BYTES = 10 * 1024 * 1024;
/**
 * Firehose buffers at most 128 MiB per object. An object eight times that size is not from Firehose.
 */
const MAX_OBJECT_BYTES = 1024 * 1024 * 1024;

export interface LineLimits {
  /** Bytes of a line without its newline. @defaultValue 10 MiB */
  readonly maxLineBytes?: number;
  /** Bytes of the unpacked object. @defaultValue 1 GiB */
  readonly maxBytes?: number;
  /**
   * Accepts uncompressed objects. Error objects can be uncompressed, raw objects cannot. @defaultValue
   * false
   */
  readonly allowPlain?: boolean;
}

/**
 * The object cannot be read to its end. Everything before the damage was returned, including the
 * incomplete line.
 */
export class DamagedObject extends Error {
  readonly code = 'damaged_object';
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'DamagedObject';
  }
}

export type ReadOutcome = 'complete' | 'damaged';

export interface LineReader {
  /**
   * A line, as the range `from..to` without its newline. Valid during the call. Not called for blank
   * lines.
   */
  readonly onLine: (bytes: Buffer, from: number, to: number) => void;
  /** A line above the limit was skipped. */
  readonly onOversized: () => void;
}

/** Reads an object line by line. */
export async function readLines(
  source: AsyncIterable<Uint8Array>,
  reader: LineReader,
  limits: LineLimits = {},
): Promise<ReadOutcome> {
  const splitter = new LineSplitter(reader, limits.maxLineBytes ?? MAX_LINE_BYTES);
  try {
    for await (const chunk of unpack(source, limits)) splitter.push(chunk);
  } catch (error) {
    if (!(error instanceof DamagedObject)) throw error;
    splitter.end();
    return 'damaged';
  }
  splitter.end();
  return 'complete';
}

/** All bytes of an object; undefined if it does not exist. */
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

/**
 * All bytes of an object, plain or gzip, in blocks of whole lines, for rewriting.
 * @throws DamagedObject
 */
export async function* lineBlocks(body: Buffer, limits: LineLimits = {}): AsyncGenerator<Buffer> {
  let rest: Buffer[] = [];
  let damage: DamagedObject | undefined;
  try {
    for await (const chunk of unpack(once(body), { ...limits, allowPlain: true })) {
      const last = chunk.lastIndexOf(NEWLINE) + 1;
      if (last > 0) {
        yield Buffer.concat([...rest, chunk.subarray(0, last)]);
        rest = [];
      }
      if (last < chunk.length) rest.push(chunk.subarray(last));
    }
  } catch (error) {
    if (!(error instanceof DamagedObject)) throw error;
    damage = error;
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

/** Compresses blocks as a stream. Memory holds only the compressed bytes. */
export async function gzipBlocks(blocks: AsyncIterable<Buffer> | Iterable<Buffer>): Promise<Buffer> {
  const packed: Buffer[] = [];
  await pipeline(Readable.from(blocks), createGzip(), async (chunks: AsyncIterable<Buffer>) => {
    for await (const chunk of chunks) packed.push(chunk);
  });
  const body = Buffer.concat(packed);
  body[GZIP_OS_BYTE] = GZIP_UNKNOWN_OS;
  return body;
}

/** The decompressed chunks of an object. @throws DamagedObject */
async function* unpack(
  source: AsyncIterable<Uint8Array>,
  { maxBytes = MAX_OBJECT_BYTES, allowPlain = false }: LineLimits,
): AsyncGenerator<Buffer> {
  let unpackedBytes = 0;
  for await (const chunk of await textOf(source, allowPlain)) {
    unpackedBytes += chunk.length;
    if (unpackedBytes > maxBytes) {
      throw new DamagedObject(`the object unpacks to more than ${maxBytes} bytes, which no delivery writes`);
    }
    yield chunk;
  }
}

async function textOf(
  source: AsyncIterable<Uint8Array>,
  allowPlain: boolean,
): Promise<AsyncIterable<Buffer>> {
  if (!allowPlain) return gunzipped(source);
  const bytes = source[Symbol.asyncIterator]();
  let head = Buffer.alloc(0);
  while (head.length < 2) {
    const { done, value } = await bytes.next();
    if (done === true) break;
    head = Buffer.concat([head, value]);
  }
  const whole = joined(head, bytes);
  return isGzip(head) ? gunzipped(whole) : whole;
}

async function* joined(head: Buffer, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Buffer> {
  if (head.length > 0) yield head;
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) {
    const { buffer, byteOffset, byteLength } = next.value;
    yield Buffer.from(buffer, byteOffset, byteLength);
  }
}

async function* gunzipped(source: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  const input = Readable.from(source);
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES });
  input.on('error', (error) => gunzip.destroy(error));
  try {
    for await (const chunk of input.pipe(gunzip) as AsyncIterable<Buffer>) yield chunk;
  } catch (error) {
    if (!isZlibError(error)) throw error;
    throw new DamagedObject('the compression of the object breaks off', { cause: error });
  } finally {
    input.destroy();
    gunzip.destroy();
  }
}

const isZlibError = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code.startsWith('Z_');

async function* once(body: Buffer): AsyncGenerator<Buffer> {
  if (body.length > 0) yield body;
}

class LineSplitter {
  readonly #reader: LineReader;
  readonly #maxLineBytes: number;
  #unfinished: Buffer[] = [];
  #unfinishedBytes = 0;

  constructor(reader: LineReader, maxLineBytes: number) {
    this.#reader = reader;
    this.#maxLineBytes = maxLineBytes;
  }

  push(chunk: Buffer): void {
    let from = 0;
    for (let to = chunk.indexOf(NEWLINE); to !== -1; to = chunk.indexOf(NEWLINE, from)) {
      if (this.#unfinishedBytes === 0) this.#emit(chunk, from, to);
      else {
        this.#keep(chunk.subarray(from, to));
        this.end();
      }
      from = to + 1;
    }
    this.#keep(chunk.subarray(from));
  }

  end(): void {
    if (this.#unfinishedBytes > this.#maxLineBytes) this.#reader.onOversized();
    else if (this.#unfinishedBytes > 0) this.#emit(Buffer.concat(this.#unfinished), 0, this.#unfinishedBytes);
    this.#unfinished = [];
    this.#unfinishedBytes = 0;
  }

  #keep(piece: Buffer): void {
    if (piece.length === 0) return;
    this.#unfinishedBytes += piece.length;
    if (this.#unfinishedBytes > this.#maxLineBytes) this.#unfinished = [];
    else this.#unfinished.push(piece);
  }

  #emit(bytes: Buffer, from: number, to: number): void {
    if (to - from > this.#maxLineBytes) {
      this.#reader.onOversized();
      return;
    }
    const isBlank = bytes[from] !== BRACE && bytes.toString('utf8', from, to).trim() === '';
    if (to > from && !isBlank) this.#reader.onLine(bytes, from, to);
  }
}
