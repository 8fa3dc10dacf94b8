/**
 * The frame format of segments and of the ledger's log.
 *
 *   0  magic   3 bytes  C5 4B 54
 *   3  version 1 byte   02
 *   4  crc32   u32 LE   over all following bytes
 *   8  length  u32 LE   bytes of the payload
 *  12  seq     u64 LE
 *  20  payload          in a segment: a sealed line, see SegmentCipher; in the log: JSON
 *
 * A reader that finds damage searches for the next magic and continues there: damage costs only the
 * frames it touches, never the rest of the file. The checksum covers the encrypted bytes, so
 * checking needs no key. Encrypted bytes may contain a magic by chance; a matching checksum as well
 * has a probability of 1 in 2^64.
 */
import { createCipheriv, createDecipheriv, randomFillSync } from 'node:crypto';
import { crc32 } from '../crc32.ts';
import type { SpoolKey } from './keys/spool-key.ts';

export const FRAME_HEADER_BYTES = 20;
/** Far above the limit of any sink. A larger length is damage and not worth a checksum over gigabytes. */
export const MAX_PAYLOAD_BYTES = 16 * 1024 * 1024 + 1024;

const MAGIC = Buffer.from([0xc5, 0x4b, 0x54, 0x02]);
const MAGIC_VALUE = MAGIC.readUInt32LE();
const CRC_AT = 4;
const COVERED_FROM = 8;
const LENGTH_AT = 8;
const SEQ_AT = 12;

export interface Frame {
  readonly kind: 'frame';
  readonly seq: number;
  /** Offset of the frame. */
  readonly at: number;
  /** Offset of the next frame. */
  readonly end: number;
}

/** Bytes that are not a frame, up to the next frame or the end. */
export interface Damage {
  readonly kind: 'damage';
  readonly at: number;
  readonly end: number;
}

/** Adds the header to a frame that has its payload. */
export function finishFrame(frame: Buffer, seq: number): void {
  frame.writeUInt32LE(MAGIC_VALUE, 0);
  frame.writeUInt32LE(frame.length - FRAME_HEADER_BYTES, LENGTH_AT);
  writeSeq(frame, seq, SEQ_AT);
  frame.writeUInt32LE(crc32(frame.subarray(COVERED_FROM)), CRC_AT);
}

export function encodeFrame(seq: number, payload: string): Buffer {
  const frame = Buffer.allocUnsafe(FRAME_HEADER_BYTES + Buffer.byteLength(payload));
  frame.write(payload, FRAME_HEADER_BYTES);
  finishFrame(frame, seq);
  return frame;
}

export const payloadOf = (bytes: Buffer, { at, end }: Pick<Frame, 'at' | 'end'>): Buffer =>
  bytes.subarray(at + FRAME_HEADER_BYTES, end);

/** Little-endian like writeBigUInt64LE, but without a BigInt per frame. */
function writeSeq(bytes: Buffer, seq: number, at: number): void {
  bytes.writeUInt32LE(seq % 2 ** 32, at);
  bytes.writeUInt32LE(Math.floor(seq / 2 ** 32), at + 4);
}

/** All bytes in order, without a gap: frames and damage. */
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
    yield { kind: 'damage', at: start, end: at };
  }
}

/** The intact frame at this offset. */
export function frameAt(bytes: Buffer, at: number): Frame | undefined {
  if (!hasMagic(bytes, at)) return undefined;
  const end = endOf(bytes, at);
  if (
    end === undefined ||
    bytes.readUInt32LE(at + CRC_AT) !== crc32(bytes.subarray(at + COVERED_FROM, end))
  ) {
    return undefined;
  }
  return { kind: 'frame', seq: seqAt(bytes, at), at, end };
}

/**
 * Number of complete frames in the damaged end of a file. They were written completely and changed
 * later, so their seqs are used. An end inside a frame is a write that never finished.
 *
 * Zeros, which file systems leave after a power cut, are no frames. One damaged field is not enough
 * to hide a frame: either the magic or the expected seq identifies the header, and the checksum
 * reveals a wrong length.
 */
export function wholeFramesIn(bytes: Buffer, firstSeq: number): number {
  let count = 0;
  for (let at = 0; at + FRAME_HEADER_BYTES <= bytes.length; count++) {
    const end = endOf(bytes, at);
    const isHeader = hasMagic(bytes, at) || seqAt(bytes, at) === firstSeq + count;
    if (isHeader && end !== undefined) at = end;
    else return isWholeBut(bytes.subarray(at)) ? count + 1 : count;
  }
  return count;
}

/** Whether these bytes are one frame, ignoring its magic and length. */
function isWholeBut(bytes: Buffer): boolean {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(bytes.length - FRAME_HEADER_BYTES);
  return bytes.readUInt32LE(CRC_AT) === crc32(bytes.subarray(SEQ_AT), crc32(length));
}

const hasMagic = (bytes: Buffer, at: number): boolean =>
  at + FRAME_HEADER_BYTES <= bytes.length && bytes.readUInt32LE(at) === MAGIC_VALUE;

/** The end of the frame by its header; undefined if the bytes end before it. */
function endOf(bytes: Buffer, at: number): number | undefined {
  const length = bytes.readUInt32LE(at + LENGTH_AT);
  const end = at + FRAME_HEADER_BYTES + length;
  return length <= MAX_PAYLOAD_BYTES && end <= bytes.length ? end : undefined;
}

const seqAt = (bytes: Buffer, at: number): number =>
  bytes.readUInt32LE(at + SEQ_AT) + bytes.readUInt32LE(at + SEQ_AT + 4) * 2 ** 32;

function nextMagic(bytes: Buffer, from: number): number {
  const found = bytes.indexOf(MAGIC, from);
  return found === -1 ? bytes.length : found;
}

const ALGORITHM = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** Bytes of a segment's frame without its line. */
export const SEALED_FRAME_BYTES = FRAME_HEADER_BYTES + NONCE_BYTES + TAG_BYTES;

const KEY_ID_BYTES = 8;
const AAD_SEQ_AT = KEY_ID_BYTES + 4;

/** Requesting 12 bytes from the system each time would cost more than the encryption. */
const nonces = Buffer.allocUnsafe(NONCE_BYTES * 1024);
let nextNonce = nonces.length;

function fillNonce(target: Buffer): void {
  if (nextNonce === nonces.length) {
    randomFillSync(nonces);
    nextNonce = 0;
  }
  nonces.copy(target, 0, nextNonce, nextNonce + NONCE_BYTES);
  nextNonce += NONCE_BYTES;
}

/**
 * Encrypts lines into the frames of one segment. The payload is AES-256-GCM with a random nonce:
 *
 *   0  nonce       12 bytes
 *  12  ciphertext  as long as the line in UTF-8
 *   -  tag         16 bytes
 *
 * Key id, segment index and seq are authenticated: a frame moved to another position does not open.
 * NIST SP 800-38D (8.3) allows 2^32 random nonces per key: a hundred years at 100,000 events a day.
 */
export class SegmentCipher {
  readonly #aad = Buffer.alloc(AAD_SEQ_AT + 8);

  constructor(
    private readonly key: SpoolKey,
    segmentIndex: number,
  ) {
    this.#aad.write(key.id, 'latin1');
    this.#aad.writeUInt32LE(segmentIndex, KEY_ID_BYTES);
  }

  /** Fills a frame of SEALED_FRAME_BYTES plus the bytes of the line. */
  seal(seq: number, line: string, frame: Buffer): void {
    const payload = frame.subarray(FRAME_HEADER_BYTES);
    const nonce = payload.subarray(0, NONCE_BYTES);
    fillNonce(nonce);
    const cipher = createCipheriv(ALGORITHM, this.key.secret, nonce).setAAD(this.#aadOf(seq));
    cipher.update(line, 'utf8').copy(payload, NONCE_BYTES);
    cipher.final();
    cipher.getAuthTag().copy(payload, payload.length - TAG_BYTES);
    finishFrame(frame, seq);
  }

  /** The line; undefined if the payload was not sealed with this seq in this segment. */
  open(seq: number, payload: Buffer): string | undefined {
    if (payload.length < NONCE_BYTES + TAG_BYTES) return undefined;
    const tagAt = payload.length - TAG_BYTES;
    const decipher = createDecipheriv(ALGORITHM, this.key.secret, payload.subarray(0, NONCE_BYTES), {
      authTagLength: TAG_BYTES,
    })
      .setAAD(this.#aadOf(seq))
      .setAuthTag(payload.subarray(tagAt));
    const line = decipher.update(payload.subarray(NONCE_BYTES, tagAt));
    try {
      decipher.final();
    } catch {
      return undefined;
    }
    return line.toString('utf8');
  }

  #aadOf(seq: number): Buffer {
    writeSeq(this.#aad, seq, AAD_SEQ_AT);
    return this.#aad;
  }
}
