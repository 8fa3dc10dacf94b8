/** The lines of a gzipped object, as they stream in: memory is one chunk and one unfinished line. */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';

const NEWLINE = 0x0a;
const BRACE = 0x7b;
const CHUNK_BYTES = 256 * 1024;
/** The largest record that Kinesis takes is 10 MiB; a longer line is no event, and must not fill the memory. */
export const MAX_LINE_BYTES = 10 * 1024 * 1024;

/**
 * `damaged`: what lies there is not gzip, or it ends too early; lines that could be unpacked were handed on.
 * Errors of the source itself (network, object gone) reject: they may be gone at the next attempt.
 */
export type ReadOutcome = 'complete' | 'damaged';

export interface LineReader {
  /** One line, from a position to before another, without its newline; valid during the call. Blank lines are left out. */
  readonly onLine: (bytes: Buffer, from: number, to: number) => void;
  /** A line longer than MAX_LINE_BYTES was left out. */
  readonly onOversized: () => void;
}

export async function readLines(
  gzipped: AsyncIterable<Uint8Array>,
  reader: LineReader,
): Promise<ReadOutcome> {
  const splitter = new LineSplitter(reader);
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES });
  try {
    await pipeline(Readable.from(gzipped), gunzip, async (chunks: AsyncIterable<Buffer>) => {
      for await (const chunk of chunks) splitter.push(chunk);
    });
  } catch (error) {
    if (!isZlibError(error)) throw error;
    splitter.end();
    return 'damaged';
  }
  splitter.end();
  return 'complete';
}

class LineSplitter {
  readonly #reader: LineReader;
  #unfinished: Buffer[] = [];
  #unfinishedBytes = 0;

  constructor(reader: LineReader) {
    this.#reader = reader;
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
    if (this.#unfinishedBytes > MAX_LINE_BYTES) this.#reader.onOversized();
    else if (this.#unfinishedBytes > 0) this.#emit(Buffer.concat(this.#unfinished), 0, this.#unfinishedBytes);
    this.#unfinished = [];
    this.#unfinishedBytes = 0;
  }

  #keep(piece: Buffer): void {
    if (piece.length === 0) return;
    this.#unfinishedBytes += piece.length;
    if (this.#unfinishedBytes > MAX_LINE_BYTES) this.#unfinished = [];
    else this.#unfinished.push(piece);
  }

  #emit(bytes: Buffer, from: number, to: number): void {
    const isBlank = bytes[from] !== BRACE && bytes.toString('utf8', from, to).trim() === '';
    if (to > from && !isBlank) this.#reader.onLine(bytes, from, to);
  }
}

const isZlibError = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code.startsWith('Z_');
