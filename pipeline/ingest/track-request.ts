/** Reads the lines of `POST /track`, with limits before and after decompression. */
import { gunzipSync } from 'node:zlib';

/**
 * Limits of `POST /track`. Above them the response is 413, and the agent splits the request.
 *
 * Lambda accepts 6 MB per invocation, with the body in base64
 * (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html): 4 MiB of body. API Gateway
 * refuses more. Agents send 1 MiB of lines before gzip by default.
 */
export const MAX_BODY_BYTES = 4 * 1024 * 1024;
/** After decompression: the maximum held in memory. */
export const MAX_UNPACKED_BYTES = 8 * 1024 * 1024;
/** The maximum of an agent per request. */
export const MAX_LINES = 10_000;

/** A refused request. Nothing of it is stored; the agent can send it again. */
export class TrackError extends Error {
  constructor(
    readonly status: 400 | 401 | 403 | 404 | 405 | 413 | 415 | 503,
    /** Stable and countable. */
    readonly code: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'TrackError';
  }
}

const LF = 0x0a;

/** Non-empty lines without newlines. @throws TrackError */
export async function readLines(request: Request): Promise<readonly string[]> {
  const encoding = request.headers.get('content-encoding') ?? 'identity';
  if (encoding !== 'gzip' && encoding !== 'identity') {
    throw new TrackError(415, 'unknown_encoding', 'content-encoding must be gzip or omitted');
  }
  const body = await readBounded(request);
  const unpacked = encoding === 'gzip' ? unpack(body) : body;
  if (countOf(unpacked, LF) > MAX_LINES) throw tooLarge(`${MAX_LINES} lines`);
  // Invalid UTF-8 makes one line invalid, not the request.
  return new TextDecoder()
    .decode(unpacked)
    .split('\n')
    .filter((line) => line.trim() !== '');
}

async function readBounded(request: Request): Promise<Uint8Array> {
  const tooMany = () => tooLarge(`${MAX_BODY_BYTES} bytes of body`);
  if (Number(request.headers.get('content-length') ?? 0) > MAX_BODY_BYTES) throw tooMany();
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of request.body ?? []) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) throw tooMany();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, bytes);
}

function unpack(body: Uint8Array): Uint8Array {
  try {
    return gunzipSync(body, { maxOutputLength: MAX_UNPACKED_BYTES });
  } catch (cause) {
    if (cause instanceof RangeError) throw tooLarge(`${MAX_UNPACKED_BYTES} bytes of lines`);
    throw new TrackError(400, 'not_gzip', 'the body is not valid gzip or is truncated; send it again', {
      cause,
    });
  }
}

function countOf(bytes: Uint8Array, sought: number): number {
  let count = 0;
  for (let at = bytes.indexOf(sought); at !== -1; at = bytes.indexOf(sought, at + 1)) count += 1;
  return count;
}

const tooLarge = (limit: string): TrackError =>
  new TrackError(413, 'too_large', `a request is limited to ${limit}; split it`);
