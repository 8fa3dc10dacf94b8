/** The lines of a gzipped object, as they stream in: memory is one chunk and one unfinished line. */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';

const NEWLINE = 10;
const CHUNK_BYTES = 256 * 1024;
/** The largest record that Kinesis takes is 10 MiB; a longer line is no event, and must not fill the memory. */
export const MAX_LINE_BYTES = 10 * 1024 * 1024;

/**
 * `damaged`: what lies there is not gzip, or it ends too early; lines that could be unpacked were handed on.
 * Errors of the source itself (network, object gone) reject: they may be gone at the next attempt.
 */
export type ReadOutcome = 'complete' | 'damaged';

export interface LineReader {
  /** One line without its newline; blank lines are left out. */
  readonly onLine: (line: string) => void;
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
    const last = chunk.lastIndexOf(NEWLINE);
    if (last === -1) {
      this.#keep(chunk);
      return;
    }
    const first = chunk.indexOf(NEWLINE);
    this.#keep(chunk.subarray(0, first));
    this.end();
    // One decoding for all whole lines of a chunk; cutting strings is cheaper than decoding each.
    if (last > first) this.#emitAll(chunk.toString('utf8', first + 1, last));
    this.#keep(chunk.subarray(last + 1));
  }

  end(): void {
    if (this.#unfinishedBytes > MAX_LINE_BYTES) this.#reader.onOversized();
    else if (this.#unfinishedBytes > 0) this.#emit(Buffer.concat(this.#unfinished).toString('utf8'));
    this.#unfinished = [];
    this.#unfinishedBytes = 0;
  }

  #keep(piece: Buffer): void {
    if (piece.length === 0) return;
    this.#unfinishedBytes += piece.length;
    if (this.#unfinishedBytes > MAX_LINE_BYTES) this.#unfinished = [];
    else this.#unfinished.push(piece);
  }

  #emitAll(text: string): void {
    let from = 0;
    for (let to = text.indexOf('\n'); to !== -1; to = text.indexOf('\n', from)) {
      this.#emit(text.slice(from, to));
      from = to + 1;
    }
    this.#emit(text.slice(from));
  }

  #emit(line: string): void {
    if (line !== '' && line.trim() !== '') this.#reader.onLine(line);
  }
}

const isZlibError = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code.startsWith('Z_');
