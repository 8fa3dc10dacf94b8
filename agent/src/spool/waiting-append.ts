/** Appends that wait for their commit. */
import { SEALED_FRAME_BYTES } from './segment-cipher.ts';
import { SpoolError, type SpoolRecord } from './spool.ts';

export interface WaitingRecord extends SpoolRecord {
  /** Of its frame. */
  readonly bytes: number;
}

export interface SizedRecords {
  readonly records: readonly WaitingRecord[];
  /** Of all frames. */
  readonly bytes: number;
}

export interface WaitingAppend extends SizedRecords {
  resolve(): void;
  reject(error: SpoolError): void;
}

/** Above what any sink takes. */
const MAX_LINE_BYTES = 16 * 1024 * 1024;

/** Throws SpoolError `too_large` for what can never be kept. */
export function withSizes(records: readonly SpoolRecord[], maxBytes: number): SizedRecords {
  let total = 0;
  const sized = records.map(({ id, line }) => {
    const lineBytes = Buffer.byteLength(line);
    if (lineBytes > MAX_LINE_BYTES) {
      throw new SpoolError(
        'too_large',
        `cannot append record ${id} of ${lineBytes} bytes: at most ${MAX_LINE_BYTES} fit; split it`,
      );
    }
    const bytes = SEALED_FRAME_BYTES + lineBytes;
    total += bytes;
    return { id, line, bytes };
  });
  if (total <= maxBytes) return { records: sized, bytes: total };
  throw new SpoolError(
    'too_large',
    `cannot append ${total} bytes at once: the spool may hold ${maxBytes}; append less at a time or raise the cap`,
  );
}

/** The oldest appends that have at most so many bytes together, but at least one. */
export function firstGroup(waiting: readonly WaitingAppend[], maxBytes: number): readonly WaitingAppend[] {
  let bytes = 0;
  const end = waiting.findIndex((append, i) => {
    bytes += append.bytes;
    return i > 0 && bytes > maxBytes;
  });
  return end === -1 ? waiting : waiting.slice(0, end);
}
