/** The lines of a request, with bounds before and after gzip is undone. */
import { gunzipSync } from 'node:zlib';
import { MAX_BODY_BYTES, MAX_LINES, MAX_UNPACKED_BYTES } from './limits.ts';
import { TrackError } from './track-error.ts';

const LF = 0x0a;

/** Lines that hold anything, without their newlines. Throws TrackError. */
export async function readLines(request: Request): Promise<readonly string[]> {
  const encoding = request.headers.get('content-encoding') ?? 'identity';
  if (encoding !== 'gzip' && encoding !== 'identity') {
    throw new TrackError(415, 'unknown_encoding', 'content-encoding must be gzip or omitted');
  }
  const body = await readBounded(request);
  const unpacked = encoding === 'gzip' ? unpack(body) : body;
  if (countOf(unpacked, LF) > MAX_LINES) throw tooLarge(`${MAX_LINES} lines`);
  // Not fatal: bytes that are no UTF-8 make one line unreadable, not the request.
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
