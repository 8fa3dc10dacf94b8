/**
 * A position in JSON without whitespace and escapes, as `JSON.stringify` writes it. Other JSON is not
 * an error: the caller falls back to `JSON.parse`.
 *
 * Invariant: a mismatch moves the position past the end, and nothing matches there. A reader can
 * therefore run all its steps and check `hasFailed` once.
 */
const BLANK = 0x20;
const QUOTE = 0x22;
const ZERO = 0x30;
const NINE = 0x39;
const BACKSLASH = 0x5c;
const NULL = bytesOf('null');
/** Digits that a number represents exactly. */
const MAX_DIGITS = 15;

export function bytesOf(ascii: string): Buffer {
  return Buffer.from(ascii, 'latin1');
}

export class JsonCursor {
  bytes: Buffer = Buffer.alloc(0);
  at = 0;

  start(bytes: Buffer, at: number): void {
    this.bytes = bytes;
    this.at = at;
  }

  fail(): void {
    this.at = this.bytes.length + 1;
  }

  get hasFailed(): boolean {
    return this.at > this.bytes.length;
  }

  /** Skips exactly these bytes. */
  expect(expected: Buffer): void {
    const { bytes, at } = this;
    for (let i = 0; i < expected.length; i += 1) {
      if (bytes[at + i] !== expected[i]) {
        this.fail();
        return;
      }
    }
    this.at = at + expected.length;
  }

  /** Skips this byte if it is next. */
  skip(byte: number): boolean {
    if (this.bytes[this.at] !== byte) return false;
    this.at += 1;
    return true;
  }

  /** Reads an unsigned integer. */
  number(): number {
    const { bytes, at: begin } = this;
    let at = begin;
    let number = 0;
    for (let digit = digitAt(bytes, at); digit >= 0; digit = digitAt(bytes, at)) {
      number = number * 10 + digit;
      at += 1;
    }
    const digits = at - begin;
    this.at = at;
    if (digits === 0 || digits > MAX_DIGITS || (digits > 1 && bytes[begin] === ZERO)) this.fail();
    return number;
  }

  numberOrNull(): number | null {
    if (digitAt(this.bytes, this.at) >= 0) return this.number();
    this.expect(NULL);
    return null;
  }

  /** Skips a string. */
  skipString(): void {
    if (this.skip(QUOTE)) this.skipRestOfString();
    else this.fail();
  }

  skipStringOrNull(): void {
    if (this.isAtString) this.skipString();
    else this.expect(NULL);
  }

  get isAtString(): boolean {
    return this.bytes[this.at] === QUOTE;
  }

  /** Skips the rest of a string, including the closing quote. */
  skipRestOfString(): void {
    const { bytes } = this;
    let { at } = this;
    let byte = bytes[at] ?? 0;
    while (byte >= BLANK && byte !== QUOTE && byte !== BACKSLASH) {
      at += 1;
      byte = bytes[at] ?? 0;
    }
    this.at = at + 1;
    if (byte !== QUOTE) this.fail();
  }
}

/** The value of a digit; negative for other bytes. */
export function digitAt(bytes: Buffer, at: number): number {
  const byte = bytes[at] ?? 0;
  return byte <= NINE ? byte - ZERO : -1;
}
