/**
 * The payload of a segment's frame: AES-256-GCM with a random nonce.
 *
 *   0  nonce       12 bytes
 *  12  ciphertext  as long as the line in UTF-8
 *   -  tag         16 bytes
 *
 * The key's id, the segment's index and the seq are authenticated along: a frame that was put into another place
 * does not open. NIST SP 800-38D (8.3) allows 2^32 random nonces a key: at 100,000 events a day that is a hundred
 * years, and a full queue of 256 MiB holds less than a five-thousandth of it.
 */
import { createCipheriv, createDecipheriv, randomFillSync } from 'node:crypto';
import { FRAME_HEADER_BYTES, finishFrame, writeSeq } from './frame.ts';
import type { SpoolKey } from './keys/key-ring.ts';

const ALGORITHM = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** What a frame in a segment has beside its line. */
export const SEALED_FRAME_BYTES = FRAME_HEADER_BYTES + NONCE_BYTES + TAG_BYTES;

const KEY_ID_BYTES = 8;
const SEQ_AT = KEY_ID_BYTES + 4;

/** Asking the system for 12 bytes at a time would cost more than the encryption. */
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

export class SegmentCipher {
  readonly #aad = Buffer.alloc(SEQ_AT + 8);

  constructor(
    private readonly key: SpoolKey,
    segmentIndex: number,
  ) {
    this.#aad.write(key.id, 'latin1');
    this.#aad.writeUInt32LE(segmentIndex, KEY_ID_BYTES);
  }

  /** Fills a frame of SEALED_FRAME_BYTES and the bytes of the line. */
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

  /** The line, or undefined where the payload is not what was sealed under this seq in this segment. */
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
    writeSeq(this.#aad, seq, SEQ_AT);
    return this.#aad;
  }
}
