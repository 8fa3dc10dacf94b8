/**
 * A frame: what segments and the acknowledgement log consist of.
 *
 *   0  magic   4 bytes  C5 4B 54 F1
 *   4  length  u32 LE   bytes of the payload
 *   8  seq     u64 LE
 *  16  crc32   u32 LE   over length, seq and payload
 *  20  payload          UTF-8
 *
 * The magic is not valid UTF-8, so no payload contains it: a reader that finds damage searches for the next
 * magic and goes on from there. Damage costs the frames that it touches, never the rest of the file.
 */
import { crc32 } from './crc32.ts';

export const FRAME_HEADER_BYTES = 20;
/** Far above what any sink takes; a length above it is damage and not worth a checksum over gigabytes. */
export const MAX_PAYLOAD_BYTES = 16 * 1024 * 1024;

const MAGIC = Buffer.from([0xc5, 0x4b, 0x54, 0xf1]);
const LENGTH_AT = 4;
const SEQ_AT = 8;
const CRC_AT = 16;

export interface Frame {
  readonly kind: 'frame';
  readonly seq: number;
  /** Where the frame starts. */
  readonly at: number;
  /** Where the next one starts. */
  readonly end: number;
  readonly payload: Buffer;
}

export interface Damage {
  readonly kind: 'damage';
  readonly at: number;
  readonly end: number;
  /**
   * The seq in the header, where a whole frame's bytes are there but the checksum is wrong.
   * Undefined where the bytes end inside the frame, as they do after a crash in the middle of a write.
   */
  readonly claimedSeq: number | undefined;
}

export function encodeFrame(seq: number, payload: string): Buffer {
  const length = Buffer.byteLength(payload);
  const frame = Buffer.allocUnsafe(FRAME_HEADER_BYTES + length);
  MAGIC.copy(frame);
  frame.writeUInt32LE(length, LENGTH_AT);
  frame.writeBigUInt64LE(BigInt(seq), SEQ_AT);
  frame.write(payload, FRAME_HEADER_BYTES);
  frame.writeUInt32LE(checksum(frame), CRC_AT);
  return frame;
}

/** Everything from the first byte to the last, in order and without a gap: frames, and what is none. */
export function* scanFrames(bytes: Buffer): Generator<Frame | Damage> {
  let at = 0;
  while (at < bytes.length) {
    const frame = frameAt(bytes, at);
    if (frame !== undefined) {
      yield frame;
      at = frame.end;
      continue;
    }
    const start = at;
    do at = nextMagic(bytes, at + 1);
    while (at < bytes.length && frameAt(bytes, at) === undefined);
    yield { kind: 'damage', at: start, end: at, claimedSeq: claimedSeq(bytes.subarray(start, at)) };
  }
}

function frameAt(bytes: Buffer, at: number): Frame | undefined {
  const end = frameEnd(bytes, at);
  if (end === undefined) return undefined;
  const whole = bytes.subarray(at, end);
  if (whole.readUInt32LE(CRC_AT) !== checksum(whole)) return undefined;
  const seq = Number(whole.readBigUInt64LE(SEQ_AT));
  return { kind: 'frame', seq, at, end, payload: whole.subarray(FRAME_HEADER_BYTES) };
}

/** The end that the header at this place gives, or undefined without a magic or where the bytes end before it. */
function frameEnd(bytes: Buffer, at: number): number | undefined {
  if (at + FRAME_HEADER_BYTES > bytes.length) return undefined;
  if (bytes.compare(MAGIC, 0, MAGIC.length, at, at + MAGIC.length) !== 0) return undefined;
  const length = bytes.readUInt32LE(at + LENGTH_AT);
  const end = at + FRAME_HEADER_BYTES + length;
  return length <= MAX_PAYLOAD_BYTES && end <= bytes.length ? end : undefined;
}

function nextMagic(bytes: Buffer, from: number): number {
  const found = bytes.indexOf(MAGIC, from);
  return found === -1 ? bytes.length : found;
}

function claimedSeq(damaged: Buffer): number | undefined {
  return frameEnd(damaged, 0) === undefined ? undefined : Number(damaged.readBigUInt64LE(SEQ_AT));
}

const checksum = (frame: Buffer): number =>
  crc32(frame.subarray(FRAME_HEADER_BYTES), crc32(frame.subarray(LENGTH_AT, CRC_AT)));
