/**
 * A position in JSON that stands there as JSON.stringify writes it, without blanks, and without escapes. Any other
 * JSON is no error: it is not understood here, and JSON.parse will say what it is.
 *
 * Invariant: what does not match moves the position behind the bytes, where nothing matches any more. So the steps of
 * a reader stand in a row, and one look at the position in the end tells whether all of them matched.
 */
const BLANK = 0x20;
const QUOTE = 0x22;
const ZERO = 0x30;
const NINE = 0x39;
const BACKSLASH = 0x5c;
const NULL = bytesOf('null');
/** As many as a number keeps exactly. */
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

  giveUp(): void {
    this.at = this.bytes.length + 1;
  }

  get gaveUp(): boolean {
    return this.at > this.bytes.length;
  }

  /** These very bytes. */
  expect(expected: Buffer): void {
    const { bytes, at } = this;
    for (let i = 0; i < expected.length; i += 1) {
      if (bytes[at + i] !== expected[i]) {
        this.giveUp();
        return;
      }
    }
    this.at = at + expected.length;
  }

  /** Goes past this byte where it stands here. */
  take(byte: number): boolean {
    if (this.bytes[this.at] !== byte) return false;
    this.at += 1;
    return true;
  }

  /** A whole number without sign. */
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
    if (digits === 0 || digits > MAX_DIGITS || (digits > 1 && bytes[begin] === ZERO)) this.giveUp();
    return number;
  }

  numberOrNull(): number | null {
    if (digitAt(this.bytes, this.at) >= 0) return this.number();
    this.expect(NULL);
    return null;
  }

  /** Goes past a string. */
  text(): void {
    if (this.take(QUOTE)) this.restOfText();
    else this.giveUp();
  }

  textOrNull(): void {
    if (this.isAtText) this.text();
    else this.expect(NULL);
  }

  get isAtText(): boolean {
    return this.bytes[this.at] === QUOTE;
  }

  /** Goes past the quote that ends the string in which the position is. */
  restOfText(): void {
    const { bytes } = this;
    let { at } = this;
    let byte = bytes[at] ?? 0;
    while (byte >= BLANK && byte !== QUOTE && byte !== BACKSLASH) {
      at += 1;
      byte = bytes[at] ?? 0;
    }
    this.at = at + 1;
    if (byte !== QUOTE) this.giveUp();
  }
}

/** Its value, or a negative number where no digit stands. */
export function digitAt(bytes: Buffer, at: number): number {
  const byte = bytes[at] ?? 0;
  return byte <= NINE ? byte - ZERO : -1;
}
